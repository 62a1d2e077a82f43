import { describe, expect, test } from 'vitest';
import type { ScannedItem } from '../../main/store/ports.ts';
import { epoch, failureOf, idOf, scannedOf, scanOf } from '../store/builders.ts';
import { filledStore, stores } from '../store/stores.ts';

const azure = idOf('azure');
const namesOf = (items: Iterable<ScannedItem>) => [...items].map(({ item }) => `${item.name} ${item.kind}`);
const failure = { code: 'denied', sentence: 'The vault refused to be listed.', fix: 'Check the role.' };

describe.each(stores)('what a %s knows of vaults', (_, open) => {
  const filled = () => filledStore(open, []);

  test('is which ones a connection sees, and when it stopped to', () => {
    const subject = filled();
    const { discovery } = subject.store;
    const [one, two] = ['kv-one', 'kv-two'].map((name) => ({ name, subscription: 'Production' }));
    if (!one || !two) throw new Error('two vaults');
    discovery.enterVaults(azure, [one, two], epoch);
    discovery.enterVaults(azure, [two], epoch + 1);
    discovery.enterVaults(azure, [{ ...two, subscription: 'Moved' }], epoch + 2);
    const rest = { connectionId: azure, scans: [], items: 0, disabled: 0, deleted: 0 };
    expect(subject.reopen().discovery.vaults()).toEqual([
      { ...rest, vault: 'kv-one', subscription: 'Production', goneAt: epoch + 1 },
      { ...rest, vault: 'kv-two', subscription: 'Moved', goneAt: null },
    ]);
    subject.store.discovery.enterVaults(azure, [{ ...one, name: 'KV-One' }, two], epoch + 3);
    expect(subject.store.discovery.vaults()).toMatchObject([
      { vault: 'KV-One', goneAt: null },
      { vault: 'kv-two', subscription: 'Production' },
    ]);
    expect(subject.store.discovery.vaults()).toHaveLength(2);
  });

  test('is what each connection sees for itself', () => {
    const { discovery } = filled().store;
    discovery.enterVaults(azure, [{ name: 'kv-one', subscription: 'A' }], epoch);
    discovery.enterVaults(idOf('aws'), [{ name: 'kv-one', subscription: 'B' }], epoch);
    discovery.enterVaults(azure, [], epoch + 1);
    expect(discovery.vaults().map(({ goneAt }) => goneAt)).toEqual([epoch + 1, null]);
  });

  test('is a vault that was typed too, which no list can lose', () => {
    const { discovery } = filled().store;
    discovery.enterScan(scanOf([scannedOf('one')]));
    discovery.enterVaults(azure, [], epoch + 1);
    expect(discovery.vaults()).toMatchObject([{ vault: 'kv-prod', subscription: '', goneAt: null, items: 1 }]);
  });

  test('is what their last scans came to, of each kind, and the numbers of their items', () => {
    const subject = filled();
    const { discovery } = subject.store;
    discovery.enterVaults(azure, [{ name: 'KV-Prod', subscription: 'Production' }], epoch);
    discovery.enterScan(
      scanOf([
        scannedOf('one'),
        scannedOf('two', {}, { enabled: false }),
        scannedOf('three', { deletedAt: epoch }),
        scannedOf('four', { deletedAt: epoch }, { enabled: false }),
      ]),
    );
    discovery.enterFailure({ ...scanOf([], epoch + 1), kind: 'certificate', failure });
    discovery.enterFailure({ ...scanOf([], epoch + 2), failure });
    expect(subject.reopen().discovery.vaults()).toEqual([
      {
        connectionId: azure,
        vault: 'KV-Prod',
        subscription: 'Production',
        goneAt: null,
        scans: [
          { kind: 'certificate', scannedAt: null, failedAt: epoch + 1, failure },
          { kind: 'secret', scannedAt: epoch, failedAt: epoch + 2, failure },
        ],
        items: 2,
        disabled: 1,
        deleted: 2,
      },
    ]);
    subject.store.discovery.enterScan(scanOf([scannedOf('three', { deletedAt: null })], epoch + 3));
    const [vault] = subject.store.discovery.vaults();
    expect(vault).toMatchObject({ items: 3, disabled: 1, deleted: 1 });
    expect(vault?.scans).toContainEqual({ kind: 'secret', scannedAt: epoch + 3, failedAt: null, failure: null });
  });
});

describe.each(stores)('what a %s knows of items', (_, open) => {
  const filled = () => filledStore(open, []);

  test('is kept whole, by lower-case name, until a scan enters it anew', () => {
    const subject = filled();
    const whole = {
      notBefore: epoch - 1,
      expiresOn: epoch + 1,
      contentType: 'text/plain',
      tags: { Env: 'prod', 'ümläut "': '' },
      managed: true,
      others: '[1]',
      thumbprint: 'ab12',
      version: 'v1',
    };
    const scanned = scannedOf('Api-Key', { changedAt: epoch + 1 }, whole);
    subject.store.discovery.enterScan(scanOf([scanned, scannedOf('other')]));
    expect(subject.reopen().discovery.items(azure, 'KV-PROD', 'secret')).toEqual(
      new Map([
        ['api-key', scanned],
        ['other', scannedOf('other')],
      ]),
    );
    const changed = scannedOf('api-key', { changedAt: epoch + 5, deletedAt: epoch + 5 });
    subject.store.discovery.enterScan(scanOf([changed], epoch + 5));
    expect(subject.store.discovery.items(azure, 'kv-prod', 'secret').get('api-key')).toEqual(changed);
    expect(subject.store.discovery.items(azure, 'kv-prod', 'certificate').size).toBe(0);
    expect(subject.store.discovery.items(azure, 'kv-other', 'secret').size).toBe(0);
    expect(subject.store.discovery.items(idOf('aws'), 'kv-prod', 'secret').size).toBe(0);
  });

  test('is given page by page, in the order of names, of both kinds', () => {
    const { discovery } = filled().store;
    discovery.enterScan(scanOf(['c', 'A', 'b'].map((name) => scannedOf(name))));
    const certificates = ['b', 'd'].map((name) => scannedOf(name, {}, { kind: 'certificate' }));
    discovery.enterScan({ ...scanOf(certificates), kind: 'certificate' });
    const pages: string[][] = [];
    let after: ScannedItem['item'] | null = null;
    for (;;) {
      const page: ScannedItem[] = discovery.page(azure, 'kv-prod', after, 2);
      pages.push(namesOf(page));
      after = page.at(-1)?.item ?? null;
      if (page.length < 2) break;
    }
    expect(pages).toEqual([['A secret', 'b certificate'], ['b secret', 'c secret'], ['d certificate']]);
  });

  test('is looked through as a whole', () => {
    const { discovery } = filled().store;
    const names = Array.from({ length: 1_100 }, (_, n) => `item-${n}`);
    discovery.enterScan(scanOf(names.map((name) => scannedOf(name))));
    const sizes: number[] = [];
    const seen: string[] = [];
    discovery.eachPage((items) => {
      sizes.push(items.length);
      seen.push(...items.map(({ item }) => item.name));
    });
    expect(seen.toSorted()).toEqual(names.toSorted());
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
    expect(sizes.length).toBeGreaterThan(1);
  });

  test('goes with its connection, and none is entered for one that is gone', () => {
    const { connections, discovery } = filled().store;
    discovery.enterScan(scanOf([scannedOf('one')]));
    connections.remove(azure, { withRecords: true });
    expect(discovery.vaults()).toEqual([]);
    discovery.eachPage(() => expect.unreachable());
    for (const enter of [
      () => discovery.enterScan(scanOf([scannedOf('one')])),
      () => discovery.enterFailure({ ...scanOf([]), failure }),
      () => discovery.enterVaults(azure, [{ name: 'kv', subscription: '' }], epoch),
    ]) {
      expect(failureOf(enter).detail).toMatchObject({ kind: 'not-found', code: 'no-such-connection' });
    }
  });

  test('is entered as a whole or not at all', () => {
    const { discovery } = filled().store;
    const bad = scannedOf('two', {}, { updatedOn: Number.NaN });
    expect(() => discovery.enterScan(scanOf([scannedOf('one'), bad]))).toThrow();
    expect(discovery.vaults()).toEqual([]);
    expect(discovery.page(azure, 'kv-prod', null, 10)).toEqual([]);
  });
});
