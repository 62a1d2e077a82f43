import type { Input } from '../../preload/contract/operations.ts';
import type { TestApp } from './app.ts';

/** Asks for a scan, and waits for it and for the syncs that it starts. */
export async function scanned(app: TestApp, vaults?: NonNullable<Input<'discovery.scan'>['vaults']>): Promise<void> {
  await app.ask('discovery.scan', vaults ? { vaults } : {});
  while ((await app.ask('discovery.vaults', {})).some(({ scanning }) => scanning))
    await new Promise((resolve) => setTimeout(resolve, 5));
  await app.idle();
}
