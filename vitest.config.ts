import { defineConfig } from 'vitest/config'

/** Real processes, sockets and browsers on a machine that others use too: what fails once and then holds is reported as retried. */
const RETRY = 1
/** Tests of whole processes wait more than they work: three at a time keep two cores busy. Browsers work all the time and go one by one. */
const WAITING_WORKERS = 3

export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['hub/**/*.test.ts', 'webui/src/**/*.test.ts', 'test/sim/**/*.test.ts', 'scripts/**/*.test.ts'],
        },
      },
      { test: { name: 'fault', include: ['test/fault/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 60_000 } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          retry: RETRY,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: WAITING_WORKERS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          retry: RETRY,
          testTimeout: 180_000,
          hookTimeout: 90_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'firmware',
          include: ['test/firmware/**/*.test.ts'],
          retry: RETRY,
          testTimeout: 180_000,
          hookTimeout: 60_000,
          maxWorkers: WAITING_WORKERS,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
