import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Source } from '../../main/clouds/ports.ts';
import { json } from '../clouds/kernel/reply.ts';
import { failureOf, patience } from '../conformance/outcome.ts';
import {
  type HostileCloud,
  listed,
  managedVault,
  openHostileCloud,
  patientDeps,
  sourceOf,
  tenantId,
} from './hostile.ts';

const secret = { kind: 'secret', vault: 'kv-hostile', name: 'a' } as const;

describe('a server that answers in Azure’s place', () => {
  const opened: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const thing of opened.splice(0)) await thing.close();
  });

  async function open(...answer: Parameters<typeof openHostileCloud>): Promise<[HostileCloud, Source]> {
    const cloud = await openHostileCloud(...answer);
    const source = await sourceOf(cloud);
    opened.push(source, cloud);
    return [cloud, source];
  }

  test('cannot lead a listing, with its token, to another server', async () => {
    const [cloud, source] = await open(({ url }, { url: own, elsewhere }) =>
      url.pathname === '/secrets'
        ? json(200, { value: [listed(own, 'a')], nextLink: `${elsewhere}/secrets?api-version=7.4` })
        : undefined,
    );
    const listing = source.listPage('kv-hostile', 'secret', undefined, patience());
    expect(await failureOf(listing)).toMatchObject({ kind: 'invalid', code: 'endpoint-elsewhere' });
    const forged = source.listPage('kv-hostile', 'secret', `1 ${cloud.elsewhere}/secrets`, patience());
    expect(await failureOf(forged)).toMatchObject({ code: 'endpoint-elsewhere' });
    expect(cloud.askedElsewhere).toEqual([]);
  });

  test('cannot slip in a date that is none: nothing later could store or show it', async () => {
    const beyond = 9_000_000_000_000;
    let updated = 1_700_000_000;
    const [, source] = await open(({ url }, { url: own }) => {
      const attributes = { enabled: true, created: 1_700_000_000, updated, exp: beyond, nbf: beyond };
      const secret = { ...listed(own, 'a/0123456789abcdef0123456789abcdef'), attributes };
      if (url.pathname === '/secrets') return json(200, { value: [{ ...listed(own, 'a'), attributes }] });
      if (url.pathname.endsWith('/versions')) return json(200, { value: [secret] });
      return url.pathname.startsWith('/secrets/') ? json(200, { ...secret, value: 'x' }) : undefined;
    });
    const { items } = await source.listPage('kv-hostile', 'secret', undefined, patience());
    expect(items).toMatchObject([{ name: 'a', updatedOn: 1_700_000_000_000 }]);
    expect(items[0]).not.toHaveProperty('expiresOn');
    expect(items[0]).not.toHaveProperty('notBefore');
    updated = beyond;
    const asked = [
      () => source.listPage('kv-hostile', 'secret', undefined, patience()),
      () => source.describe(secret, patience()),
      () => source.read(secret, patience()),
    ];
    for (const ask of asked) expect(await failureOf(ask())).toMatchObject({ code: 'reply-unforeseen' });
  });

  test('cannot lead the listing of subscriptions elsewhere', async () => {
    const [cloud, source] = await open(({ url }, { elsewhere }) =>
      url.pathname === '/subscriptions'
        ? json(200, { value: [], nextLink: `${elsewhere}/subscriptions?api-version=2022-12-01` })
        : undefined,
    );
    expect(await failureOf(source.listVaults(patience()))).toMatchObject({ code: 'endpoint-elsewhere' });
    expect(cloud.askedElsewhere).toEqual([]);
  });

  test.each([301, 302, 303, 307, 308])('is not followed elsewhere by a redirect (%i)', async (status) => {
    const [cloud, source] = await open(({ url }, { elsewhere }) =>
      url.pathname.startsWith('/secrets/')
        ? { status, headers: { location: `${elsewhere}${url.pathname}` }, body: '' }
        : undefined,
    );
    expect(await failureOf(source.read(secret, patience()))).toMatchObject({ kind: 'invalid' });
    expect(cloud.askedElsewhere).toEqual([]);
  });

  test('cannot ask for a token of another resource or tenant in its challenge', async () => {
    const [cloud, source] = await open(({ url }, { elsewhere }) => {
      if (!url.pathname.startsWith('/secrets')) return undefined;
      const challenge = `Bearer authorization="${elsewhere}/other-tenant", resource="https://graph.microsoft.com"`;
      return json(401, { error: { code: 'Unauthorized' } }, { 'www-authenticate': challenge });
    });
    const refused = { kind: 'auth', code: 'azure-token-refused' };
    expect(await failureOf(source.read(secret, patience()))).toMatchObject(refused);
    const forms = cloud.asked.filter(({ method }) => method === 'POST');
    expect(forms.length).toBeGreaterThan(0);
    const scopes = new Set(forms.map(({ body }) => new URLSearchParams(body.toString()).get('scope')));
    expect([...scopes].sort()).toEqual([`${cloud.url}/.default`, 'https://vault.azure.net/.default'].sort());
    expect(forms.every(({ url }) => url.pathname.startsWith(`/${tenantId}/`))).toBe(true);
    expect(cloud.askedElsewhere).toEqual([]);
  });

  test('cannot have the client secret sent elsewhere by its OpenID metadata', async () => {
    const [cloud, source] = await open(({ url }, { url: own, elsewhere }) =>
      url.pathname.endsWith('/openid-configuration')
        ? json(200, {
            token_endpoint: `${elsewhere}/${tenantId}/oauth2/v2.0/token`,
            authorization_endpoint: `${elsewhere}/authorize`,
            jwks_uri: `${elsewhere}/keys`,
            issuer: `${own}/${tenantId}/v2.0`,
          })
        : undefined,
    );
    const failure = await failureOf(source.listVaults(patience()));
    expect(failure.code).toBe('endpoint-elsewhere');
    expect(cloud.askedElsewhere).toEqual([]);
  });

  test.each([
    'https://169.254.169.254/',
    'http://localhost/',
    'https://[fe80::1]/',
    'https://0.0.0.0',
    'file:///etc',
    '',
  ])('cannot give %s as the address of a vault', async (vaultUri) => {
    const [, source] = await open(({ url }) =>
      /\/vaults$/i.test(url.pathname) ? json(200, { value: [managedVault(vaultUri)] }) : undefined,
    );
    const failure = await failureOf(source.read(secret, patience()));
    expect(failure.kind).toBe('invalid');
    expect(failure.code).toMatch(/^endpoint-/);
  });

  test('and a proxy that the environment names, get nothing', async () => {
    const cloud = await openHostileCloud(({ url }, { url: own }) =>
      url.pathname === '/secrets' ? json(200, { value: [listed(own, 'a')] }) : undefined,
    );
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'HTTP_PROXY']) vi.stubEnv(name, cloud.elsewhere);
    vi.stubEnv('NO_PROXY', '');
    try {
      const source = await sourceOf(cloud);
      opened.push(source, cloud);
      expect((await source.listPage('kv-hostile', 'secret', undefined, patience())).items).toHaveLength(1);
      expect(cloud.askedElsewhere).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('cannot keep a listing running in a circle', async () => {
    const [cloud, source] = await open(({ url }, { url: own }) =>
      url.pathname === '/secrets'
        ? json(200, {
            value: [],
            nextLink: `${own}/secrets?api-version=7.4&page=${url.searchParams.has('page') ? 1 : 2}`,
          })
        : undefined,
    );
    let next: string | undefined;
    const whole = async () => {
      do next = (await source.listPage('kv-hostile', 'secret', next, patience())).next;
      while (next !== undefined);
    };
    expect(await failureOf(whole())).toMatchObject({ kind: 'invalid', code: 'listing-endless' });
    expect(cloud.asked.filter(({ url }) => url.pathname === '/secrets').length).toBeLessThan(5);
  });

  test('cannot keep the versions of a secret, or the subscriptions, running in a circle', async () => {
    const [, source] = await open(({ url }, { url: own }) =>
      /\/(versions|subscriptions)$/.test(url.pathname) && (url.pathname !== '/subscriptions' || looping)
        ? json(200, { value: [], nextLink: `${own}${url.pathname}?api-version=7.4&again` })
        : undefined,
    );
    let looping = false;
    const versions = source.describe(secret, patience());
    expect(await failureOf(versions)).toMatchObject({ code: 'listing-endless' });
    looping = true;
    expect(await failureOf(source.listVaults(patience()))).toMatchObject({ code: 'listing-endless' });
  });

  test('an answer that is not what Azure sends is a failure that quotes nothing of it', async () => {
    for (const body of ['not json canary', '{"value": "canary"}', '[]', 'null', '{"value":[{}]}']) {
      const [, source] = await open(({ url }) =>
        url.pathname.startsWith('/secrets')
          ? { status: 200, headers: { 'content-type': 'application/json' }, body }
          : undefined,
      );
      const listing = await failureOf(source.listPage('kv-hostile', 'secret', undefined, patience()));
      const reading = await failureOf(source.read(secret, patience()));
      expect(JSON.stringify([listing, reading])).not.toContain('canary');
    }
  });

  test('a reply that never comes is a timeout', async () => {
    const cloud = await openHostileCloud(({ url }) =>
      url.pathname.startsWith('/secrets') ? { status: 0, connection: 'hold' } : undefined,
    );
    const source = await sourceOf(cloud, {}, { ...patientDeps, callTimeoutMs: 2500 });
    opened.push(source, cloud);
    const calls = [
      source.read(secret, patience()),
      source.describe(secret, patience()),
      source.listPage('kv-hostile', 'secret', undefined, patience()),
    ];
    for (const failure of await Promise.all(calls.map(failureOf))) expect(failure).toMatchObject({ kind: 'timeout' });
  });

  test.each([
    [502, '<html>canary</html>', 'network'],
    [503, '', 'network'],
    [429, '', 'throttled'],
    [403, '<html>canary</html>', 'denied'],
    [407, 'canary', 'invalid'],
    [401, '', 'auth'],
  ] as const)('a bare HTTP %i of something in between is told by its status', async (status, body, kind) => {
    const [, source] = await open(({ url }) =>
      url.pathname.startsWith('/secrets') ? { status, headers: { 'content-type': 'text/html' }, body } : undefined,
    );
    for (const call of [
      () => source.read(secret, patience()),
      () => source.describe(secret, patience()),
      () => source.listPage('kv-hostile', 'secret', undefined, patience()),
    ]) {
      const failure = await failureOf(call());
      expect(failure.kind).toBe(kind);
      expect(JSON.stringify(failure)).not.toContain('canary');
    }
  });

  test('a vault’s own words decide which kind of refusal it is', async () => {
    const said = (inner: string, message = '') => ({
      error: { code: 'Forbidden', message, innererror: { code: inner } },
    });
    const client = 'Client address is not authorized and caller is not a trusted service.\r\nClient address: 192.0.2.7';
    for (const [body, code, fix] of [
      [said('ForbiddenByFirewall', client), 'vault-firewall', 'Networking'],
      [said('', client), 'vault-firewall', 'Networking'],
      [said('ForbiddenByConnection'), 'vault-private', 'private endpoint'],
      [
        said('', 'Public network access is disabled and request is not from a trusted service'),
        'vault-private',
        'private',
      ],
      [said('AccessDenied'), 'azure-denied', 'access policy'],
      [said('ForbiddenByRbac'), 'azure-denied', 'Key Vault Secrets User'],
      [said('SecretDisabled'), 'source-disabled', 'Enable'],
    ] as const) {
      const [, source] = await open(({ url }) => (url.pathname.startsWith('/secrets') ? json(403, body) : undefined));
      const failure = await failureOf(source.read(secret, patience()));
      expect(failure.code).toBe(code);
      expect(failure.fix).toContain(fix);
      expect(JSON.stringify(failure)).not.toContain('192.0.2.7');
    }
  });

  test('an untrusted certificate is told with the setting that helps', async () => {
    const cloud = await openHostileCloud(() => undefined);
    const source = await sourceOf(cloud, { caBundle: undefined });
    opened.push(source, cloud);
    const failure = await failureOf(source.listVaults(patience()));
    expect(failure).toMatchObject({ kind: 'invalid', code: 'tls-untrusted' });
    expect(failure.fix).toContain('CA bundle');
    expect(cloud.asked).toEqual([]);
  });
});
