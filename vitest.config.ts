import { defineConfig } from 'vitest/config';

/** These start whole programs, browsers among them; in parallel they would only slow each other down. */
const wholePrograms = { maxWorkers: 1, testTimeout: 60_000, hookTimeout: 60_000 };

/** These mostly wait for servers: two at once take two thirds of the time. */
const ofServers = { ...wholePrograms, maxWorkers: 2, sequence: { groupOrder: 3 } };

/**
 * These need an S3 server, which starts slowly. With real servers and real time a test may fail once; two failures
 * count.
 */
const onS3 = ['src/vault/**/*.server.test.ts', 'test/server/{memory-,doctor-,encryption-,offload-,}s3.server.test.ts'];

export default defineConfig({
  test: {
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
          maxWorkers: 2,
          name: 'built',
          include: ['test/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['test/clients/**', '**/*.browser.test.ts', '**/*.server.test.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...ofServers,
          name: 'servers',
          include: ['src/**/*.server.test.ts', 'test/**/*.server.test.ts'],
          exclude: onS3,
          globalSetup: ['test/setup/fetch-postgres.ts'],
          retry: 1,
        },
      },
      {
        test: {
          ...ofServers,
          name: 's3',
          include: onS3,
          globalSetup: ['test/setup/s3-servers.ts'],
          retry: 1,
        },
      },
      {
        test: {
          ...wholePrograms,
          name: 'browser',
          include: ['test/**/*.browser.test.ts'],
          globalSetup: ['test/setup/unpack-browser.ts'],
          // A browser on a busy machine sometimes misses a key; two failures count.
          retry: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
