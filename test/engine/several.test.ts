import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Shape } from '../../main/domain/payload.ts';
import { type EngineBed, openEngineBed } from '../support/engine-bed.ts';

const more = [
  { name: 'user', key: 'username' },
  { name: 'host', key: 'h"ost' },
];
const shape: Shape = { kind: 'json-object', key: 'password', more };

// Asked one by one, and from the list of a vault with many records.
describe.each([0, 12])('several secrets in one target, beside %i other records', (others) => {
  let bed: EngineBed;
  let id: string;
  let ids: string[];
  beforeEach(() => {
    bed = openEngineBed();
    for (const name of ['pass', 'user', 'host']) bed.vaults.set('kv', name, `${name} 1`);
    id = bed.add('pass', { shape, copyTags: false });
    ids = [id];
    for (let n = 0; n < others; n++) {
      bed.vaults.set('kv', `other-${n}`, 'x');
      ids.push(bed.add(`other-${n}`));
    }
  });
  afterEach(() => bed.close());
  const sync = async () => {
    bed.clock.time += 3 * 3_600_000;
    await bed.sync(...ids);
    return bed.outcomes(id)[0];
  };
  const held = () => JSON.parse(bed.held('pass') ?? '');

  it('are written as one JSON object, and not again until one of them changes', async () => {
    expect(await sync()).toBe('synced');
    expect(bed.held('pass')).toBe('{"password":"pass 1","username":"user 1","h\\"ost":"host 1"}');
    expect(await sync()).toBe('unchanged');
    const reads = bed.vaults.count('read');
    expect(await sync()).toBe('unchanged');
    expect(bed.vaults.count('read')).toBe(reads);
    for (const name of ['host', 'pass', 'user']) {
      bed.vaults.set('kv', name, `${name} 2`);
      expect(await sync()).toBe('synced');
      expect(Object.values(held())).toContain(`${name} 2`);
      expect(await sync()).toBe('unchanged');
    }
    expect(bed.versions('pass')).toBe(4);
  });

  it('are not written again for a change that is none of their values', async () => {
    await sync();
    bed.vaults.update('kv', 'user', { tags: { a: 'b' } });
    expect(await sync()).toBe('unchanged');
    expect(bed.versions('pass')).toBe(1);
  });

  it('are written again when one comes back with another value and an older date than the newest', async () => {
    bed.vaults.set('kv', 'host', 'host 2');
    await sync();
    const before = bed.clock.time;
    bed.vaults.remove('kv', 'user');
    bed.clock.time = before - 5 * 3_600_000;
    bed.vaults.set('kv', 'user', 'restored');
    bed.clock.time = before;
    expect(await sync()).toBe('synced');
    expect(held().username).toBe('restored');
  });

  it('are left as they are while one of them is missing or disabled', async () => {
    await sync();
    bed.vaults.set('kv', 'pass', 'pass 2');
    bed.vaults.update('kv', 'host', { enabled: false });
    expect(await sync()).toBe('blocked');
    expect(bed.row(id).status.code).toBe('source-disabled');
    bed.vaults.remove('kv', 'host');
    expect(await sync()).toBe('blocked');
    expect(bed.row(id).status.code).toBe('source-missing');
    expect(held().password).toBe('pass 1');
    bed.vaults.set('kv', 'host', 'host 3');
    expect(await sync()).toBe('synced');
    expect(held()).toEqual({ password: 'pass 2', username: 'user 1', 'h"ost': 'host 3' });
  });
});
