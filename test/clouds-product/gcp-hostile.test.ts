import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Target } from '../../main/clouds/ports.ts';
import { openTarget } from '../../main/clouds/registry.ts';
import type { GcpSettings } from '../../main/domain/connection.ts';
import { json } from '../clouds/kernel/reply.ts';
import type { CloudReply, CloudRequest } from '../clouds/kernel/types.ts';
import { everythingIn, failureOf, patience } from '../conformance/outcome.ts';
import { connectionTo } from '../support/cloud-bed.ts';
import { type HostileCloud, openHostileCloud, patientDeps } from './hostile.ts';

const projectId = 'contoso-sync';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const serviceAccountKey = JSON.stringify({
  type: 'service_account',
  project_id: projectId,
  private_key_id: 'k1',
  private_key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
  client_email: `sync@${projectId}.iam.gserviceaccount.com`,
  token_uri: 'https://oauth2.googleapis.com/token',
});

describe('answers that are not Google’s', () => {
  let cloud: HostileCloud;
  /** What the server answers next, at the token endpoint and at the API. */
  let token: (request: CloudRequest) => CloudReply;
  let api: (request: CloudRequest) => CloudReply;
  const opened: Target[] = [];
  beforeAll(async () => {
    cloud = await openHostileCloud((request) =>
      request.url.pathname.endsWith('/token') ? token(request) : api(request),
    );
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    for (const target of opened.splice(0)) target.close();
    cloud.asked.length = 0;
    expect(cloud.askedElsewhere).toEqual([]);
  });
  afterAll(() => cloud.close());

  const goodToken = () => json(200, { access_token: 'made-up', expires_in: 3599, token_type: 'Bearer' });
  const googleError = (status: number, code: string, message = '', details: object[] = []) =>
    json(status, { error: { code: status, status: code, message, details } });
  async function open(credential: unknown = { serviceAccountKey }, change: Partial<GcpSettings> = {}) {
    const settings: GcpSettings = {
      provider: 'gcp',
      projectId,
      signIn: 'key',
      location: 'global',
      endpoint: cloud.url,
      caBundle: cloud.caPem,
      ...change,
    };
    const target = await openTarget(connectionTo(settings), credential, 'secretmanager', 'global', patientDeps);
    opened.push(target);
    return target;
  }
  const look = (target: Target) => target.inspect({ name: 'never-there' }, patience());

  test.each<[string, CloudReply, string]>([
    ['a sign-in page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>canary' }, 'reply-broken'],
    ['a list instead of an object', json(200, ['canary']), 'reply-broken'],
    ['a refusal in another language', { status: 403, body: 'canary' }, 'reply-broken'],
    ['a page of a proxy', { status: 502, body: '<html>canary' }, 'gcp-unavailable'],
    ['nothing', { status: 200, body: '' }, 'reply-broken'],
    ['an answer without an end', { status: 200, body: '{"name": "canary"}', connection: 'halve' }, 'connection-lost'],
  ])('%s is a broken answer of the API, quoted nowhere', async (_, reply, code) => {
    token = goodToken;
    api = () => reply;
    const target = await open();
    const error = await look(target).catch((thrown: unknown) => thrown);
    expect(await failureOf(look(target))).toMatchObject({ kind: 'network', code });
    expect(everythingIn(error)).not.toContain('canary');
  });

  test.each<[string, CloudReply, string]>([
    ['a sign-in page', { status: 200, body: '<html>canary' }, 'reply-broken'],
    ['a refusal in another language', { status: 400, body: 'canary' }, 'reply-broken'],
  ])('%s is a broken answer of the sign-in, quoted nowhere', async (_, reply, code) => {
    token = () => reply;
    const target = await open();
    const error = await look(target).catch((thrown: unknown) => thrown);
    expect(await failureOf(look(target))).toMatchObject({ kind: 'network', code });
    expect(everythingIn(error)).not.toContain('canary');
  });

  test.each([301, 302, 307, 308])('a redirect (%i) is not followed, by the API or the sign-in', async (status) => {
    const away = { status, headers: { location: `${cloud.elsewhere}/v1/anything` } };
    token = goodToken;
    api = () => away;
    expect(await failureOf(look(await open()))).toMatchObject({ kind: 'invalid', code: 'endpoint-elsewhere' });
    token = () => away;
    expect(await failureOf(look(await open()))).toMatchObject({ kind: 'invalid', code: 'endpoint-elsewhere' });
  });

  test.each<[string, CloudReply, object]>([
    [
      'a deleted or disabled client',
      json(401, { error: 'deleted_client', error_description: 'The OAuth client was deleted.' }),
      { kind: 'auth', code: 'gcp-account-ended' },
    ],
    [
      'a login that has to be repeated',
      json(400, { error: 'invalid_grant', error_description: 'reauth related error (invalid_rapt)' }),
      { kind: 'auth', code: 'gcp-sign-in-ended' },
    ],
    [
      'a refusal nobody foresaw',
      json(400, { error: 'canary <b>', error_description: 'canary' }),
      { kind: 'auth', code: 'gcp-sign-in-refused' },
    ],
  ])('%s is told as what it is', async (_, reply, expected) => {
    token = () => reply;
    const failure = await failureOf(look(await open()));
    expect(failure).toMatchObject(expected);
    expect(JSON.stringify(failure)).not.toContain('canary');
  });

  test.each<[string, CloudReply, object]>([
    [
      'a project without billing',
      googleError(403, 'PERMISSION_DENIED', 'canary', [{ '@type': 'ErrorInfo', reason: 'BILLING_DISABLED' }]),
      { kind: 'denied', code: 'gcp-billing-disabled' },
    ],
    [
      'a project that may not be billed to',
      googleError(403, 'PERMISSION_DENIED', 'canary', [{ '@type': 'ErrorInfo', reason: 'USER_PROJECT_DENIED' }]),
      { kind: 'denied', code: 'gcp-quota-project' },
    ],
    [
      'a project that is gone',
      googleError(403, 'PERMISSION_DENIED', 'canary', [{ '@type': 'ErrorInfo', reason: 'CONSUMER_INVALID' }]),
      { kind: 'denied', code: 'gcp-project' },
    ],
    [
      'a token for less',
      googleError(403, 'PERMISSION_DENIED', '', [{ '@type': 'E', reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' }]),
      { kind: 'auth', code: 'gcp-scope' },
    ],
    [
      'a quota of how many there may be',
      googleError(429, 'RESOURCE_EXHAUSTED', 'The maximum number of secrets in the project is reached.'),
      { kind: 'quota', code: 'gcp-quota' },
    ],
    [
      'a quota of how often may be asked',
      googleError(429, 'RESOURCE_EXHAUSTED', "Quota exceeded for quota metric 'Reads' and limit 'Reads per minute'"),
      { kind: 'throttled', code: 'gcp-throttled' },
    ],
    ['something aborted', googleError(409, 'ABORTED', 'canary'), { kind: 'throttled', code: 'gcp-changed-meanwhile' }],
    ['an invalid argument', googleError(400, 'INVALID_ARGUMENT', 'canary'), { kind: 'invalid', code: 'gcp-refused' }],
    [
      'a precondition',
      googleError(400, 'FAILED_PRECONDITION', 'canary'),
      { kind: 'conflict', code: 'gcp-precondition' },
    ],
    ['a code of tomorrow', googleError(418, 'TEAPOT', 'canary'), { kind: 'invalid', code: 'gcp-refused' }],
  ])('%s is told as what it is', async (_, reply, expected) => {
    token = goodToken;
    api = () => reply;
    const failure = await failureOf(look(await open()));
    expect(failure).toMatchObject(expected);
    expect(JSON.stringify(failure)).not.toContain('canary');
  });

  test('a permission is only named if it looks like one', async () => {
    token = goodToken;
    for (const permission of ['secretmanager.versions.get', '<script>canary', '../canary']) {
      api = () =>
        googleError(403, 'PERMISSION_DENIED', '', [
          { '@type': 'E', reason: 'IAM_PERMISSION_DENIED', metadata: { permission } },
        ]);
      const target = await open();
      const write = target.tag({ name: 'x' }, { set: { a: 'b' }, remove: [] }, patience());
      const { sentence } = await failureOf(write);
      expect(sentence).toContain(permission.includes('canary') ? 'secretmanager.secrets.get' : permission);
      expect(sentence).not.toContain('canary');
    }
  });

  test('proxy variables of the environment change nothing', async () => {
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']) vi.stubEnv(name, cloud.elsewhere);
    token = goodToken;
    api = () => googleError(404, 'NOT_FOUND');
    expect(await look(await open())).toEqual({ kind: 'absent' });
    expect(cloud.asked.map(({ url }) => url.pathname)).toEqual([
      '/token',
      `/v1/projects/${projectId}/secrets/never-there`,
    ]);
  });

  test('a universe of the environment changes nothing', async () => {
    vi.stubEnv('GOOGLE_CLOUD_UNIVERSE_DOMAIN', 'canary.example');
    token = goodToken;
    api = () => googleError(404, 'NOT_FOUND');
    expect(await look(await open())).toEqual({ kind: 'absent' });
  });

  test('a workload identity exchanges the token in its file, over this connection’s own network', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gcp-workload-'));
    try {
      const subject = `subject-${randomUUID()}`;
      await writeFile(join(folder, 'token'), subject);
      const file = {
        type: 'external_account',
        audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: 'https://sts.googleapis.com/v1/token',
        credential_source: { file: join(folder, 'token') },
      };
      await writeFile(join(folder, 'adc.json'), JSON.stringify(file));
      vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(folder, 'adc.json'));
      let exchanged = '';
      token = ({ body }) => {
        exchanged = new URLSearchParams(body.toString('utf8')).get('subject_token') ?? '';
        const issued_token_type = 'urn:ietf:params:oauth:token-type:access_token';
        return json(200, { access_token: 'made-up', issued_token_type, expires_in: 3599, token_type: 'Bearer' });
      };
      api = () => googleError(404, 'NOT_FOUND');
      expect(await look(await open({ signIn: 'outside' }, { signIn: 'adc' }))).toEqual({ kind: 'absent' });
      expect(exchanged).toBe(subject);
      expect(cloud.asked.map(({ url }) => url.pathname)[0]).toBe('/v1/token');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('the value that is read back is checked', async () => {
    token = goodToken;
    const data = Buffer.from('value').toString('base64');
    const target = await open();
    const holds = () => target.holds({ name: 'x' }, () => true, patience());
    api = () => json(200, { name: 'projects/1/secrets/x/versions/1', payload: { data, dataCrc32c: '1' } });
    expect(await failureOf(holds())).toMatchObject({ kind: 'network', code: 'reply-broken' });
    api = () => json(200, { name: 'projects/1/secrets/x/versions/1' });
    expect(await failureOf(holds())).toMatchObject({ kind: 'network', code: 'reply-broken' });
  });

  test('an answer without what makes a version is no success', async () => {
    token = goodToken;
    api = ({ method }) => (method === 'GET' ? googleError(404, 'NOT_FOUND') : json(200, { name: 'canary' }));
    const request = {
      mode: 'create',
      name: 'x',
      payload: { kind: 'text', text: 'value' },
      tags: {},
      options: {},
      replaces: null,
      idempotencyKey: randomUUID(),
    } as const;
    const failure = await failureOf((await open()).write(request, patience()));
    expect(failure).toMatchObject({ kind: 'network', code: 'reply-broken' });
  });

  test('an authority that this connection does not trust ends it before anything is sent', async () => {
    token = goodToken;
    api = () => googleError(404, 'NOT_FOUND');
    const target = await open(undefined, { caBundle: undefined });
    expect(await failureOf(look(target))).toMatchObject({ kind: 'invalid', code: 'tls-untrusted' });
    expect(cloud.asked).toEqual([]);
  });

  test.each(['http://gcp.example.com', 'https://169.254.169.254', 'https://user:pw@gcp.example.com', 'https://x/path'])(
    'the endpoint %s is refused',
    async (endpoint) => {
      expect((await failureOf(open(undefined, { endpoint }))).kind).toBe('invalid');
    },
  );

  test.each(['', 'Global', 'europe', 'europe-west1/../x', 'eu-central-1.evil.example'])(
    'the location %j is refused',
    async (location) => {
      const settings = { provider: 'gcp', projectId, signIn: 'key', location: 'global' } as const;
      const opening = openTarget(connectionTo(settings), { serviceAccountKey }, 'secretmanager', location, patientDeps);
      expect(await failureOf(opening)).toMatchObject({ kind: 'invalid', code: 'region' });
    },
  );
});
