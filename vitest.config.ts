import { defineConfig } from 'vitest/config';
import { ConformanceTable } from './test/conformance/table.ts';

/** What needs the build, an Electron (in ELECTRON_EXECUTABLE) or a desktop session: `npm test` brings all three. */
const endToEnd = ['test/e2e/**/*.test.ts', 'test/runtime/**/*.test.ts', 'test/architecture/startup.test.ts'];

export default defineConfig({
  test: {
    reporters: ['default', new ConformanceTable()],
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['{main,preload,renderer,test}/**/*.test.{ts,tsx}'],
          exclude: endToEnd,
        },
      },
      {
        // One file at a time, after all the others.
        test: {
          name: 'e2e',
          environment: 'node',
          include: endToEnd,
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
