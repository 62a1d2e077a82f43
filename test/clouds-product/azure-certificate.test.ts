import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Source } from '../../main/clouds/ports.ts';
import { createIssuer, type IssuedCertificate } from '../clouds/kernel/certificate-chain.ts';
import { json } from '../clouds/kernel/reply.ts';
import type { CloudReply } from '../clouds/kernel/types.ts';
import { everythingIn, failureOf, patience } from '../conformance/outcome.ts';
import { type HostileCloud, openHostileCloud, sourceOf } from './hostile.ts';

const vault = 'kv-hostile';
const ref = { kind: 'certificate', vault, name: 'shop' } as const;
const version = '0123456789abcdef0123456789abcdef';
const attributes = {
  enabled: true,
  created: 1_700_000_000,
  updated: 1_700_000_000,
  nbf: 1_700_000_000,
  exp: 1_800_000_000,
};

describe('a vault’s answers about a certificate', () => {
  let issued: IssuedCertificate;
  let other: IssuedCertificate;
  const opened: { close(): unknown }[] = [];
  beforeAll(async () => {
    const issuer = await createIssuer('P-256');
    issued = await issuer.issue();
    other = await issuer.issue();
  });
  afterEach(async () => {
    for (const thing of opened.splice(0)) await thing.close();
  });

  interface Answers {
    /** Instead of what a sound vault says of the certificate. */
    readonly certificate?: Record<string, unknown> | CloudReply;
    readonly secret?: Record<string, unknown> | CloudReply;
    readonly list?: (cloud: HostileCloud) => CloudReply;
  }

  async function open(answers: Answers): Promise<[Source, HostileCloud]> {
    const cloud = await openHostileCloud(({ url }, asked) => {
      const id = (collection: string) => `${asked.url}/${collection}/shop/${version}`;
      const certificate = {
        id: id('certificates'),
        sid: id('secrets'),
        kid: id('keys'),
        cer: issued.leaf.raw.toString('base64'),
        attributes,
        policy: { key_props: { exportable: true, kty: 'EC' }, secret_props: { contentType: 'application/x-pem-file' } },
      };
      const secret = { id: id('secrets'), value: issued.pem, contentType: 'application/x-pem-file', attributes };
      if (url.pathname === '/certificates') return answers.list?.(asked);
      if (url.pathname.startsWith('/certificates/')) return replyOf(answers.certificate, certificate);
      return url.pathname.startsWith('/secrets/') ? replyOf(answers.secret, secret) : undefined;
    });
    const source = await sourceOf(cloud);
    opened.push(source, cloud);
    return [source, cloud];
  }
  function replyOf(change: Record<string, unknown> | CloudReply = {}, sound: object): CloudReply {
    return 'status' in change && typeof change.status === 'number'
      ? (change as CloudReply)
      : json(200, { ...sound, ...change });
  }
  const asked = ({ asked: requests }: HostileCloud, path: string) =>
    requests.filter(({ url }) => url.pathname.startsWith(path)).map(({ url }) => url.pathname);

  test('that are sound are read, the key in the certificate’s own version', async () => {
    const [source, cloud] = await open({});
    expect(await source.read(ref, patience())).toMatchObject({ version, payload: { kind: 'certificate' } });
    expect(asked(cloud, '/secrets/')).toEqual([`/secrets/shop/${version}`]);
  });

  test.each<[string, () => Answers, string]>([
    ['of another certificate’s key', () => ({ secret: { value: other.pem } }), 'reply-unforeseen'],
    ['without an identifier of its secret', () => ({ certificate: { sid: undefined } }), 'reply-unforeseen'],
    ['without a version', () => ({ certificate: { id: 'https://localhost/certificates/shop' } }), 'reply-unforeseen'],
    ['with a date that is none', () => ({ certificate: { attributes: { updated: 9e12 } } }), 'reply-unforeseen'],
    ['without a value', () => ({ secret: { value: undefined } }), 'reply-unforeseen'],
    ['of a secret of another kind', () => ({ secret: { contentType: 'text/plain' } }), 'source-content-type'],
    ['of a certificate that was never issued', () => ({ certificate: { cer: undefined } }), 'source-pending'],
    ['of a bundle that was cut off', () => ({ secret: { value: issued.pem.slice(0, 300) } }), 'not-a-certificate'],
    [
      'of a bundle without a key',
      () => ({ secret: { value: [issued.leaf, issued.intermediate].join('') } }),
      'source-not-exportable',
    ],
    [
      'of a disabled certificate',
      () => ({ certificate: { attributes: { ...attributes, enabled: false } } }),
      'source-disabled',
    ],
    [
      'of a secret that was disabled since',
      () => ({ secret: json(403, { error: { code: 'Forbidden', innererror: { code: 'SecretDisabled' } } }) }),
      'source-disabled',
    ],
  ])('%s are refused, by name, and quoted nowhere', async (_, make, code) => {
    const [source] = await open(make());
    const error: unknown = await source.read(ref, patience()).catch((thrown: unknown) => thrown);
    const failure = await failureOf(Promise.reject(error));
    expect(failure.code).toBe(code);
    expect(failure.sentence).toContain('shop');
    expect(everythingIn(error)).not.toMatch(/PRIVATE KEY|MIG|MII/);
  });

  test('that it cannot be read are given before its private key is asked for', async () => {
    for (const certificate of [{ attributes: { ...attributes, enabled: false } }, { cer: undefined }]) {
      const [source, cloud] = await open({ certificate });
      await failureOf(source.read(ref, patience()));
      expect(asked(cloud, '/secrets/')).toEqual([]);
    }
  });

  test.each([
    [{ exportable: true, kty: 'EC' }, true],
    [{ kty: 'RSA' }, true],
    [{ exportable: false, kty: 'RSA' }, false],
    [{ exportable: true, kty: 'RSA-HSM' }, false],
    [{ exportable: true, kty: 'EC-HSM' }, false],
  ])('with the key properties %j are of one that is exportable: %s', async (key_props, exportable) => {
    const [source] = await open({ certificate: { policy: { key_props } } });
    expect(await source.describeCertificate(vault, 'shop', patience())).toMatchObject({ exportable });
  });

  test('of an authority that takes its time say so before a record is saved', async () => {
    const [source] = await open({ certificate: { cer: undefined } });
    const failure = await failureOf(source.describeCertificate(vault, 'shop', patience()));
    expect(failure).toMatchObject({ kind: 'invalid', code: 'source-pending' });
  });

  test('that refuse name the certificate, and the right that is missing', async () => {
    const refusal = (inner: string) => json(403, { error: { code: 'Forbidden', innererror: { code: inner } } });
    for (const [answers, sentence, fix] of [
      [{ certificate: refusal('ForbiddenByRbac') }, 'read the certificate shop', 'Key Vault Certificate User'],
      [{ certificate: refusal('AccessDenied') }, 'read the certificate shop', 'certificate permissions Get and List'],
      [{ secret: refusal('ForbiddenByRbac') }, 'private key of the certificate shop', 'Key Vault Certificate User'],
      [{ secret: refusal('AccessDenied') }, 'private key of the certificate shop', 'secret permission Get'],
    ] as const) {
      const [source] = await open(answers);
      const failure = await failureOf(source.read(ref, patience()));
      expect(failure).toMatchObject({ kind: 'denied', code: 'azure-denied' });
      expect(failure.sentence).toContain(sentence);
      expect(failure.fix).toContain(fix);
    }
    const [source] = await open({ list: () => refusal('ForbiddenByRbac') });
    const listing = await failureOf(source.listPage(vault, 'certificate', undefined, patience()));
    expect(listing.sentence).toContain('list the certificates');
  });

  test('cannot lead a listing, with its token, to another server, nor in a circle', async () => {
    const page = (nextLink: string) => json(200, { value: [], nextLink });
    const [source, cloud] = await open({ list: ({ elsewhere }) => page(`${elsewhere}/certificates?api-version=7.4`) });
    const listing = source.listPage(vault, 'certificate', undefined, patience());
    expect(await failureOf(listing)).toMatchObject({ code: 'endpoint-elsewhere' });
    expect(cloud.askedElsewhere).toEqual([]);
    const [circling] = await open({ list: ({ url }) => page(`${url}/certificates?api-version=7.4&again`) });
    const first = await circling.listPage(vault, 'certificate', undefined, patience());
    const second = circling.listPage(vault, 'certificate', first.next, patience());
    expect(await failureOf(second)).toMatchObject({ code: 'listing-endless' });
  });

  test('that fail are not asked for again', async () => {
    const [source, cloud] = await open({ certificate: { status: 503 }, list: () => ({ status: 429, body: '' }) });
    const calls = [
      () => source.read(ref, patience()),
      () => source.describe(ref, patience()),
      () => source.describeCertificate(vault, 'shop', patience()),
      () => source.listPage(vault, 'certificate', undefined, patience()),
    ];
    for (const call of calls) {
      const before = asked(cloud, '/certificates').length;
      expect((await failureOf(call())).kind).toMatch(/^(network|throttled)$/);
      expect(asked(cloud, '/certificates')).toHaveLength(before + 1);
    }
  });
});
