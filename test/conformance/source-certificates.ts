import { createPrivateKey, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Source, SourceRef } from '../../main/clouds/ports.ts';
import type { CertificateBundle } from '../../main/domain/certificate.ts';
import type { SourceItem, SourceKind } from '../../main/domain/item.ts';
import { createIssuer, type IssuedCertificate } from '../clouds/kernel/certificate-chain.ts';
import { everythingIn, failureOf, patience } from './outcome.ts';
import type { SourceBed } from './source.ts';

/**
 * The part of the suite about certificates.
 * @param vault one the connection may read
 * @param forbidden one it may only see
 */
export function describeCertificates(
  vault: string,
  forbidden: string,
  suite: {
    bed(): SourceBed;
    source(): Source;
    list(vault: string, kind?: SourceKind): Promise<SourceItem[]>;
  },
): void {
  describe('certificates', () => {
    let rsa: IssuedCertificate;
    let elliptic: IssuedCertificate;
    let renewed: IssuedCertificate;
    beforeAll(async () => {
      const issuer = await createIssuer('P-256');
      elliptic = await issuer.issue({ commonName: 'ec.contoso.example' });
      renewed = await issuer.issue({ commonName: 'ec.contoso.example' });
      rsa = await (await createIssuer('RSA-2048')).issue({ commonName: 'rsa.contoso.example' });
    });

    const ref = (name: string): SourceRef => ({ kind: 'certificate', vault, name });
    const describeAt = (name: string) => suite.source().describe(ref(name), patience());
    const look = (name: string) => suite.source().describeCertificate(vault, name, patience());
    const read = (name: string) => suite.source().read(ref(name), patience());
    const listed = async (name: string) => (await suite.list(vault, 'certificate')).find((item) => item.name === name);
    async function bundleOf(name: string): Promise<CertificateBundle> {
      const { payload } = await read(name);
      if (payload.kind !== 'certificate') throw new Error(`a certificate was expected, not ${payload.kind}`);
      return payload.bundle;
    }
    const same = (pem: string | null | undefined, certificate: X509Certificate) =>
      new X509Certificate(pem ?? '').fingerprint256 === certificate.fingerprint256;

    test('are listed apart from secrets, which mark what belongs to one', async () => {
      const bed = suite.bed();
      await bed.set(vault, 'plain-secret', 'one');
      await bed.setCertificate(vault, 'Web-Shop', { pfxBase64: rsa.pfxBase64() }, { tags: { env: 'prod' } });
      const certificates = await suite.list(vault, 'certificate');
      const secrets = await suite.list(vault);
      expect(certificates.map(({ name }) => name)).not.toContain('plain-secret');
      expect(certificates.every((item) => item.kind === 'certificate' && item.version === undefined)).toBe(true);
      expect(secrets.every((item) => item.kind === 'secret' && item.version === undefined)).toBe(true);
      expect(secrets.find(({ name }) => name === 'Web-Shop')?.managed).toBe(true);
      expect(secrets.find(({ name }) => name === 'plain-secret')?.managed).toBe(false);
      expect(certificates.find(({ name }) => name === 'Web-Shop')).toEqual({
        kind: 'certificate',
        vault,
        name: 'Web-Shop',
        enabled: true,
        updatedOn: bed.now(),
        notBefore: Date.parse(rsa.leaf.validFrom),
        expiresOn: Date.parse(rsa.leaf.validTo),
        tags: { env: 'prod' },
        managed: false,
        thumbprint: expect.stringMatching(/^[0-9a-f]{40}$/),
      });
      expect(JSON.stringify([...certificates, ...secrets])).not.toContain('PRIVATE KEY');
    });

    test('are listed over many pages, each once', async () => {
      const bed = suite.bed();
      await bed.addVault('kv-cert-pages', 'open');
      const names = Array.from({ length: 27 }, (_, index) => `item-${String(index).padStart(3, '0')}`);
      for (const name of names) await bed.setCertificate('kv-cert-pages', name, { pem: elliptic.pem });
      const fresh = await bed.open();
      const first = await fresh.listPage('kv-cert-pages', 'certificate', undefined, patience());
      const second = await fresh.listPage('kv-cert-pages', 'certificate', first.next, patience());
      expect([first.items.length, second.items.length, second.next]).toEqual([25, 2, undefined]);
      expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(names);
      bed.breakNext('listCertificates', 'reset');
      const failing = fresh.listPage('kv-cert-pages', 'certificate', first.next, patience());
      expect(await failureOf(failing)).toMatchObject({ kind: 'network' });
      expect(await fresh.listPage('kv-cert-pages', 'certificate', first.next, patience())).toEqual(second);
      fresh.close();
    });

    test.each<[string, () => [IssuedCertificate, Parameters<SourceBed['setCertificate']>[2]]]>([
      ['an RSA one in a PFX', () => [rsa, { pfxBase64: rsa.pfxBase64() }]],
      ['an RSA one in a PFX of old encryption', () => [rsa, { pfxBase64: rsa.pfxBase64('', '3des') }]],
      ['an RSA one in PEM', () => [rsa, { pem: rsa.pem }]],
      ['an EC one in a PFX', () => [elliptic, { pfxBase64: elliptic.pfxBase64() }]],
      ['an EC one in PEM', () => [elliptic, { pem: elliptic.pem }]],
      [
        'one in PEM with its parts in another order',
        () => {
          const { root, intermediate, leaf, privateKey } = elliptic;
          return [
            elliptic,
            { pem: [root, intermediate, leaf, privateKey.export({ type: 'pkcs8', format: 'pem' })].join('') },
          ];
        },
      ],
    ])('%s is read with its key, and its chain in order', async (what, make) => {
      const bed = suite.bed();
      const [issued, material] = make();
      const name = what.replaceAll(/[^A-Za-z]+/g, '-');
      await bed.advance(1000);
      await bed.setCertificate(vault, name, material);
      const bundle = await bundleOf(name);
      expect(same(bundle.leaf, issued.leaf)).toBe(true);
      expect(bundle.chain).toHaveLength(1);
      expect(same(bundle.chain[0], issued.intermediate)).toBe(true);
      expect(same(bundle.root, issued.root)).toBe(true);
      expect(createPrivateKey(bundle.privateKey).equals(issued.privateKey)).toBe(true);
      const { version, updatedOn } = await read(name);
      expect(updatedOn).toBe(bed.now());
      expect(await describeAt(name)).toEqual({ ...(await listed(name)), version });
    });

    test('tell what they are without their key', async () => {
      const bed = suite.bed();
      await bed.setCertificate(vault, 'public-part', { pem: elliptic.pem });
      const described = await look('public-part');
      expect(described).toMatchObject({
        exportable: true,
        facts: {
          keyType: 'EC-P256',
          names: ['ec.contoso.example'],
          notBefore: Date.parse(elliptic.leaf.validFrom),
          notAfter: Date.parse(elliptic.leaf.validTo),
          fingerprint: elliptic.leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
        },
      });
      expect(JSON.stringify(described)).not.toContain('PRIVATE KEY');
    });

    test('whose key never leaves the vault are known as such before, and refused', async () => {
      for (const [name, material] of [
        ['kept-pfx', { pfxBase64: rsa.pfxBase64() }],
        ['kept-pem', { pem: elliptic.pem }],
      ] as const) {
        await suite.bed().setCertificate(vault, name, material, { exportable: false });
        expect(await look(name)).toMatchObject({ exportable: false });
        const refused = { kind: 'invalid', code: 'source-not-exportable' };
        expect(await failureOf(read(name))).toMatchObject(refused);
      }
    });

    test('that are disabled are listed as disabled, and not read', async () => {
      await suite.bed().setCertificate(vault, 'switched-off', { pem: elliptic.pem });
      await suite.bed().update(ref('switched-off'), { enabled: false });
      expect((await listed('switched-off'))?.enabled).toBe(false);
      expect((await describeAt('switched-off'))?.enabled).toBe(false);
      expect(await failureOf(read('switched-off'))).toMatchObject({ kind: 'invalid', code: 'source-disabled' });
    });

    test('change version and thumbprint when they are renewed, also within one second', async () => {
      const bed = suite.bed();
      await bed.setCertificate(vault, 'renewed', { pem: elliptic.pem });
      const before = { listed: await listed('renewed'), described: await describeAt('renewed') };
      await bed.setCertificate(vault, 'renewed', { pem: renewed.pem });
      const after = { listed: await listed('renewed'), described: await describeAt('renewed') };
      expect(after.listed?.thumbprint).not.toBe(before.listed?.thumbprint);
      expect(after.described?.version).not.toBe(before.described?.version);
      expect(await read('renewed')).toMatchObject({ version: after.described?.version });
      expect(same((await bundleOf('renewed')).leaf, renewed.leaf)).toBe(true);
    });

    test('keep their version when only a tag changes', async () => {
      const bed = suite.bed();
      await bed.setCertificate(vault, 'certificate-retagged', { pem: elliptic.pem }, { tags: { a: '1' } });
      const before = await describeAt('certificate-retagged');
      expect(before?.version).toBeDefined();
      await bed.advance(5000);
      await bed.update(ref('certificate-retagged'), { tags: { a: '2' } });
      expect(await describeAt('certificate-retagged')).toEqual({ ...before, tags: { a: '2' }, updatedOn: bed.now() });
    });

    test('that were deleted, or never were there, are not found, nor is a secret of that name one', async () => {
      const bed = suite.bed();
      await bed.setCertificate(vault, 'thrown-away', { pem: elliptic.pem });
      await bed.remove(ref('thrown-away'));
      await bed.set(vault, 'only-a-secret', 'one');
      expect(await listed('thrown-away')).toBeUndefined();
      for (const name of ['thrown-away', 'never-there', 'only-a-secret']) {
        expect(await describeAt(name)).toBeUndefined();
        expect(await look(name)).toBeUndefined();
        expect(await failureOf(read(name))).toMatchObject({ kind: 'not-found', code: 'source-missing' });
      }
    });

    test('of a forbidden vault are denied', async () => {
      const source = suite.source();
      for (const call of [
        () => source.listPage(forbidden, 'certificate', undefined, patience()),
        () => source.describe({ ...ref('any'), vault: forbidden }, patience()),
        () => source.describeCertificate(forbidden, 'any', patience()),
        () => source.read({ ...ref('any'), vault: forbidden }, patience()),
      ])
        expect(await failureOf(call())).toMatchObject({ kind: 'denied' });
    });

    test('are told as throttled, or as cut off without quoting their key', async () => {
      const bed = suite.bed();
      await bed.setCertificate(vault, 'in-trouble', { pem: elliptic.pem });
      bed.throttleNext('describeCertificate', 7);
      expect(await failureOf(look('in-trouble'))).toMatchObject({ kind: 'throttled', retryAfterMs: 7000 });
      bed.breakNext('read', 'truncate');
      const error: unknown = await read('in-trouble').catch((thrown: unknown) => thrown);
      expect(await failureOf(Promise.reject(error))).toMatchObject({ kind: 'network' });
      expect(everythingIn(error)).not.toMatch(/PRIVATE KEY|MIG|MII/);
    });

    test('can be given up on', async () => {
      const bed = suite.bed();
      await bed.setCertificate(vault, 'held-up', { pem: elliptic.pem });
      for (const operation of ['listCertificates', 'describeCertificate', 'read'] as const) {
        const patient = new AbortController();
        const { signal } = patient;
        const arrived = bed.holdNext(operation);
        const call =
          operation === 'listCertificates'
            ? suite.source().listPage(vault, 'certificate', undefined, signal)
            : operation === 'read'
              ? suite.source().read(ref('held-up'), signal)
              : suite.source().describeCertificate(vault, 'held-up', signal);
        const ended = failureOf(call);
        await arrived();
        patient.abort();
        expect(await ended).toMatchObject({ kind: 'cancelled' });
      }
    });
  });
}
