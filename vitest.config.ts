import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Only against a hang: how long a property takes on a busy machine says nothing about the code.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    // Two workers: the suite is planned for a machine with two cores.
    maxWorkers: 2,
  },
});
