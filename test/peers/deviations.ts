import { afterAll, afterEach, beforeEach, expect } from 'vitest';
import type { Deviation } from './peer.ts';

/**
 * Turns the cases of the surrounding `describe` in which a peer is known to differ round: each must fail, in the known
 * way. One that passes is a failure, because the list is out of date, and so is a listed case that no suite has.
 */
export function expectDeviations(deviations: readonly Deviation[]): void {
  const known = new Map(deviations.map((deviation) => [deviation.case, deviation]));
  const unmet = new Set(known.keys());
  beforeEach(({ task }) => {
    if (!known.has(task.name)) return;
    unmet.delete(task.name);
    Object.assign(task, { fails: true });
  });
  afterEach(({ task }) => {
    const deviation = known.get(task.name);
    if (!deviation) return;
    const said = (task.result?.errors ?? []).map(({ message, diff = '' }) => `${message}\n${diff}`).join('\n');
    if (said !== '' && !said.includes(deviation.shows)) Object.assign(task, { fails: false });
  });
  afterAll(() => expect([...unmet]).toEqual([]));
}
