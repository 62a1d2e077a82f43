import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CertificateBundle } from '../../main/domain/certificate.ts';
import { type DiscoveryBed, openDiscoveryBed } from '../support/discovery-bed.ts';
import { memoryFailure } from '../support/memory-calls.ts';

let bed: DiscoveryBed;
beforeEach(() => {
  bed = openDiscoveryBed();
});
afterEach(() => {
  expect(bed.failed).toEqual([]);
  bed.close();
});

const stateOf = ({ id }: { readonly id: string }) => bed.store.rules.get(id)?.state;
const fill = (count: number, prefix = 'secret') => {
  for (let n = 0; n < count; n++) bed.vaults.set('kv', `${prefix}-${n}`, 'value');
};

describe('a rule', () => {
  test('gives each match a record, which is synced at once', async () => {
    bed.vaults.set('kv', 'api-key', 'one', { tags: { env: 'prod' } });
    bed.vaults.set('kv', 'other', 'two');
    const rule = bed.rule({ filter: { kind: 'secret', names: [], tags: ['env=prod'], contentType: '' } });
    await bed.scan();
    const [row, ...others] = bed.rowsOf(rule);
    expect(others).toEqual([]);
    expect(row?.record).toMatchObject({
      ...{ sourceVault: 'kv', sourceName: 'api-key', targetName: 'certifyclouds/api-key' },
      ...{ ruleId: rule.id, enabled: true, syncOnChange: true, consent: null },
    });
    expect(bed.started).toEqual([{ ids: [row?.record.id], trigger: 'change' }]);
    expect(bed.held('api-key')).toBe('one');
    expect(stateOf(rule)).toMatchObject({ matches: 1, refused: 0, problems: [], stopped: null });
    expect(bed.store.audit.list(10).find(({ action }) => action === 'create sync records')).toMatchObject({
      ...{ actor: 'change', outcome: 'succeeded', subject: 'rule Mirror kv: kv/api-key' },
    });
  });

  test('makes none twice, and one for a match that comes later', async () => {
    fill(3);
    const rule = bed.rule();
    await bed.scan();
    await bed.scan();
    expect(bed.rowsOf(rule)).toHaveLength(3);
    bed.vaults.set('kv', 'Fresh', 'value');
    await bed.scan();
    bed.reborn();
    await bed.scan();
    expect(bed.rowsOf(rule).map(({ record }) => record.sourceName)).toEqual([
      'secret-0',
      'secret-1',
      'secret-2',
      'Fresh',
    ]);
  });

  test('leaves records due at once that could not be started, and starts none while paused', async () => {
    fill(1);
    const rule = bed.rule({ syncOnChange: false });
    bed.paused = true;
    await bed.scan();
    expect(bed.started).toEqual([]);
    expect(bed.store.records.due(bed.clock.time)).toEqual(bed.rowsOf(rule).map(({ record }) => record.id));
  });

  test('that is off makes nothing', async () => {
    fill(1);
    const rule = bed.rule({ enabled: false });
    await bed.scan('kv');
    expect(bed.rowsOf(rule)).toEqual([]);
    expect(stateOf(rule)).toBeNull();
  });

  test('refuses, in words, what is excluded, disabled, badly named, or taken', async () => {
    for (const name of ['fine', 'left-local', 'off', 'bad', 'mine', 'taken']) bed.vaults.set('kv', name, 'value');
    bed.vaults.update('kv', 'off', { enabled: false });
    bed.exclusions = ['name:*-local'];
    bed.badNames.add('certifyclouds/bad');
    const mine = bed.add('mine');
    bed.add('elsewhere', { targetName: 'certifyclouds/taken' });
    const rule = bed.rule();
    await bed.scan();
    expect(bed.rowsOf(rule).map(({ record }) => record.sourceName)).toEqual(['fine']);
    expect(bed.row(mine).record.ruleId).toBeNull();
    const told = Object.fromEntries((stateOf(rule)?.problems ?? []).map(({ name, sentence }) => [name, sentence]));
    expect(told).toEqual({
      bad: 'certifyclouds/bad is no name for a target.',
      'left-local': expect.stringContaining('name:*-local'),
      mine: expect.stringContaining('a person made'),
      off: expect.stringContaining('Disabled'),
      taken: expect.stringContaining('kv/elsewhere'),
    });
    expect(stateOf(rule)).toMatchObject({ matches: 6, refused: 5, stopped: null });
    bed.vaults.update('kv', 'off', { enabled: true });
    await bed.scan();
    expect(bed.rowsOf(rule).map(({ record }) => record.sourceName)).toEqual(['fine', 'off']);
  });

  test('gives neither of two matches a record that would get one target name', async () => {
    bed.vaults.set('kv', 'db-key', 'value');
    bed.vaults.set('kv', 'web-key', 'value');
    bed.vaults.set('kv', 'other', 'value');
    const rule = bed.rule();
    bed.fitName = (wanted) => wanted.replace(/db-|web-/, '');
    await bed.scan();
    expect(bed.rowsOf(rule).map(({ record }) => record.sourceName)).toEqual(['other']);
    expect(stateOf(rule)).toMatchObject({ refused: 2, problems: [{ name: 'db-key' }, { name: 'web-key' }] });
  });

  test('makes none at all beyond its limit, and says so', async () => {
    fill(10);
    const rule = bed.rule({ limit: 9 });
    await bed.scan();
    expect(bed.rowsOf(rule)).toEqual([]);
    expect(stateOf(rule)?.stopped).toMatchObject({
      code: 'rule-limit',
      sentence: 'The rule would create 10 records; its limit is 9. It created none.',
    });
    bed.store.rules.save({ ...rule, limit: 10 });
    await bed.scan();
    expect(bed.rowsOf(rule)).toHaveLength(10);
    fill(1, 'more');
    await bed.scan();
    expect(bed.rowsOf(rule)).toHaveLength(10);
    expect(stateOf(rule)?.stopped?.sentence).toContain('beside the 10 it has');
  });

  test('that finds all its targets written by another rule makes nothing', async () => {
    fill(2);
    const first = bed.rule();
    await bed.scan();
    const second = bed.rule({ name: 'The same again' });
    await bed.scan();
    expect(bed.rowsOf(first)).toHaveLength(2);
    expect(bed.rowsOf(second)).toEqual([]);
    expect(stateOf(second)?.stopped?.code).toBe('rule-collides');
    fill(1, 'fresh');
    await bed.scan();
    // The first rule comes first; what it has, the second is told.
    expect(bed.rowsOf(first)).toHaveLength(3);
    expect(stateOf(second)).toMatchObject({ matches: 3, refused: 3 });
  });

  test('leaves the record of an item that it no longer matches, and says so', async () => {
    bed.vaults.set('kv', 'api-key', 'one', { tags: { env: 'prod' } });
    const rule = bed.rule({ filter: { kind: 'secret', names: [], tags: ['env'], contentType: '' } });
    await bed.scan();
    bed.clock.time += 60_000;
    bed.vaults.update('kv', 'api-key', { tags: {} });
    await bed.scan();
    expect(bed.rowsOf(rule)).toHaveLength(1);
    expect(stateOf(rule)).toMatchObject({
      matches: 0,
      refused: 0,
      problems: [{ name: 'api-key', sentence: expect.stringContaining('stay as they are') }],
    });
  });

  test('of a vault that can’t be listed says so, keeps what it came to, and goes on later', async () => {
    fill(1);
    const rule = bed.rule();
    await bed.scan();
    bed.vaults.hooks.before = ({ operation }) => {
      if (operation === 'listPage') throw memoryFailure('denied', 'no-list');
    };
    fill(1, 'more');
    await bed.scan();
    expect(stateOf(rule)).toMatchObject({ matches: 1, stopped: { code: 'no-list' } });
    bed.vaults.hooks.before = undefined;
    await bed.scan();
    expect(bed.rowsOf(rule)).toHaveLength(2);
    expect(stateOf(rule)).toMatchObject({ matches: 2, stopped: null });
  });

  test('shows what it would do without doing it, and what its records keep if it is changed', async () => {
    fill(2);
    const rule = bed.rule();
    const before = await bed.discovery.examine(rule);
    expect(before).toMatchObject({ matches: 2, has: 0, stopped: null });
    expect(before.fresh).toHaveLength(2);
    expect(bed.rowsOf(rule)).toEqual([]);
    await bed.discovery.carryOut(rule, 'user');
    const after = await bed.discovery.examine({ ...rule, template: 'new/{name}' });
    expect(after).toMatchObject({ matches: 2, has: 2, fresh: [], refused: [] });
    expect(after.names[0]).toMatchObject({
      targetName: 'new/secret-0',
      problem: expect.stringContaining('certifyclouds/secret-0'),
    });
    expect((await bed.discovery.examine(rule)).names[0]?.problem).toBeNull();
  });

  test('whose preview sees a record’s source change leaves that to the next scan, which knows', async () => {
    bed.vaults.set('kv', 'api-key', 'one');
    const id = bed.follower('api-key');
    const rule = bed.rule({ enabled: false });
    await bed.scan();
    bed.clock.time += 3 * 3_600_000;
    await bed.scan();
    const starts = bed.started.length;
    bed.vaults.set('kv', 'api-key', 'two');
    // By a clock that was set back, so that times alone would not tell.
    bed.clock.time -= 3 * 3_600_000 + 60_000;
    await bed.discovery.examine(rule, 0);
    expect(bed.started).toHaveLength(starts);
    await bed.scan();
    expect(bed.started.slice(starts)).toEqual([{ ids: [id], trigger: 'change' }]);
    expect(bed.held('api-key')).toBe('two');
  });

  test('is not looked at while the credential store is locked: that says nothing of its vault', async () => {
    const rule = bed.rule();
    bed.locked = true;
    await expect(bed.discovery.examine(rule)).rejects.toThrow('locked');
    expect(bed.listings()).toBe(0);
    expect(bed.vault()).toBeUndefined();
  });

  test('lists its vault for many looks within a minute once, and again for a save', async () => {
    fill(1);
    const rule = bed.rule();
    await bed.discovery.examine(rule);
    await bed.discovery.examine(rule);
    expect(bed.listings()).toBe(1);
    await bed.discovery.examine(rule, 0);
    expect(bed.listings()).toBe(2);
    bed.clock.time += 60_000;
    await bed.discovery.examine(rule);
    expect(bed.listings()).toBe(3);
  });

  test('stops between its batches where it was changed meanwhile', async () => {
    fill(120);
    const rule = bed.rule();
    const insert = bed.store.records.insert.bind(bed.store.records);
    bed.store.records.insert = (rows) => {
      insert(rows);
      bed.store.rules.save({ ...rule, enabled: false });
    };
    await bed.scan();
    expect(bed.rowsOf(rule)).toHaveLength(50);
  });

  test('whose records the disk refuses says so in its state and in the audit trail', async () => {
    fill(1);
    const rule = bed.rule();
    const insert = bed.store.records.insert.bind(bed.store.records);
    bed.store.records.insert = () => {
      throw memoryFailure('quota', 'disk-full');
    };
    await bed.scan();
    expect(bed.failed).toHaveLength(1);
    bed.failed.length = 0;
    expect(stateOf(rule)?.stopped?.code).toBe('disk-full');
    expect(bed.store.audit.list(1)[0]).toMatchObject({ outcome: 'failed', detail: 'disk-full' });
    bed.store.records.insert = insert;
    await bed.scan();
    expect(bed.rowsOf(rule)).toHaveLength(1);
    expect(stateOf(rule)?.stopped).toBeNull();
  });

  test('gives a certificate that could never arrive no record, and asks for it once', async () => {
    const certificate = (name: string, subject: string, exportable = true) =>
      bed.vaults.setCertificate('kv', name, bundleNamed(subject), { exportable });
    certificate('fine', 'CN=fine');
    certificate('in-hsm', 'CN=hsm', false);
    certificate('weak', 'CN=weak');
    const filter = { kind: 'certificate', names: [], tags: [], contentType: '' } as const;
    const rule = bed.rule({ filter, shape: { kind: 'pem' }, syncOnChange: false });
    bed.paused = true;
    await bed.scan();
    expect(bed.rowsOf(rule).map(({ record }) => [record.sourceKind, record.sourceName])).toEqual([
      ['certificate', 'fine'],
    ]);
    expect(stateOf(rule)?.problems).toMatchObject([
      { name: 'in-hsm', sentence: expect.stringContaining('never leaves Key Vault') },
      { name: 'weak', sentence: expect.stringContaining('too short') },
    ]);
    const asked = bed.vaults.count('describeCertificate');
    await bed.scan();
    expect(bed.vaults.count('describeCertificate')).toBe(asked);
    bed.clock.time += 60_000;
    certificate('in-hsm', 'CN=moved');
    await bed.scan();
    expect(bed.rowsOf(rule)).toHaveLength(2);
    expect(bed.vaults.count('describeCertificate')).toBe(asked + 1);
  });
});

/** A certificate as far as a vault tells of it. */
function bundleNamed(subject: string): CertificateBundle {
  return {
    ...{ leaf: '', chain: [], root: null, privateKey: '' },
    facts: {
      ...{ keyType: 'RSA-2048', subject, issuer: subject, names: [], serial: '01', notBefore: 0, notAfter: 4e12 },
      ...{ fingerprint: subject, missingIssuer: null, version: 3, signatureFamily: 'RSA' },
      ...{ keyUsages: null, extendedKeyUsages: null, ocspUrls: [] },
    },
  };
}
