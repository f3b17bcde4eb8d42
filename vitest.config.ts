import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.{ts,tsx}'],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'built',
          include: ['test/**/*.test.ts', 'scripts/**/*.test.ts'],
          globalSetup: ['test/setup/unpack-browser.ts'],
          // These start whole programs, browsers among them: more at once would only slow each other down.
          maxWorkers: 1,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
