import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** These start whole programs. In real time, on a busy machine, a test may fail once; two failures count. */
const wholePrograms = {
  maxWorkers: 2,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 15_000 } },
  retry: 1,
};

/** Real servers and real browsers, in one group. */
const outside = { ...wholePrograms, sequence: { groupOrder: 2 } };

/** Alternates between browsers, which keep a processor busy, and servers, for which tests mostly wait. */
class AlternatingSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const browsers = sorted.filter(({ project }) => project.name === 'browser');
    const servers = sorted.filter(({ project }) => ['servers', 's3'].includes(project.name));
    const others = sorted.filter((file) => !browsers.includes(file) && !servers.includes(file));
    const pairs = Array.from({ length: Math.max(browsers.length, servers.length) }, (_, at) => [
      ...browsers.slice(at, at + 1),
      ...servers.slice(at, at + 1),
    ]);
    return [...others, ...pairs.flat()];
  }
}

/** These need an S3 server, which starts slowly. */
const onS3 = ['src/vault/**/*.server.test.ts', 'test/server/{memory-,doctor-,encryption-,offload-,}s3.server.test.ts'];

export default defineConfig({
  test: {
    sequence: { sequencer: AlternatingSequencer },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.{ts,tsx}', 'bench/**/*.test.ts', 'test/clients/**/*.test.ts'],
          exclude: ['**/*.server.test.ts'],
          // Tests read styles only as text.
          css: { include: /\.css\?raw$/ },
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...wholePrograms,
          name: 'built',
          include: ['test/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['test/clients/**', '**/*.browser.test.ts', '**/*.server.test.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...outside,
          name: 'servers',
          include: ['src/**/*.server.test.ts', 'test/**/*.server.test.ts'],
          exclude: onS3,
          globalSetup: ['test/setup/fetch-postgres.ts'],
        },
      },
      {
        test: {
          ...outside,
          name: 's3',
          include: onS3,
          globalSetup: ['test/setup/s3-servers.ts'],
        },
      },
      {
        test: {
          ...outside,
          name: 'browser',
          include: ['test/**/*.browser.test.ts'],
          globalSetup: ['test/setup/unpack-browser.ts'],
        },
      },
    ],
  },
});
