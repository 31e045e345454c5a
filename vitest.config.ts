import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // Two workers: the suite is planned for a machine with two cores.
    maxWorkers: 2,
  },
});
