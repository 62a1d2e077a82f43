import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DiscoveryBed, openDiscoveryBed } from '../support/discovery-bed.ts';

let bed: DiscoveryBed;
beforeEach(() => {
  bed = openDiscoveryBed();
});
afterEach(() => bed.close());

it('ends a rule between its batches when the app quits, and the next start makes the rest', async () => {
  for (let n = 0; n < 300; n += 1) bed.vaults.set('kv', `key-${n}`, 'value');
  const rule = bed.rule();
  const { finished } = await bed.discovery.scan();
  while (bed.rowsOf(rule).length === 0) await new Promise((resolve) => setImmediate(resolve));
  await bed.discovery.stop();
  await finished;
  expect(bed.rowsOf(rule).length).toBeLessThan(300);
  expect(bed.started).toEqual([]);
  expect(bed.failed).toEqual([]);
  bed.reborn();
  await bed.scan();
  expect(bed.rowsOf(rule)).toHaveLength(300);
});
