import { defineConfig } from 'vitest/config';

/** Started by run.ts, which brings up the servers first. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/peers/suites.peers.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
