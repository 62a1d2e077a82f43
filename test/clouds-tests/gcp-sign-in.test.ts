import { createPrivateKey } from 'node:crypto';
import { type JWT, UserRefreshClient } from 'google-auth-library';
import { SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { failureOf, jwtOf, projectId, startTestbed, type Testbed } from '../clouds/gcp/testbed.ts';
import { cloudPlatform } from '../clouds/gcp/tokens.ts';
import { send } from '../clouds/kernel/request.ts';

let bed: Testbed;
beforeAll(async () => {
  bed = await startTestbed();
  bed.gcp.secrets.put(secret, 'value');
});
afterAll(() => bed.close());
afterEach(() => {
  bed.desk.setClockOffset(0);
  bed.desk.clearFaults();
});

const secret = `projects/${projectId}/secrets/signed-in`;
const minute = 60 * 1000;
const expectedToken =
  'Expected OAuth 2 access token, login cookie or other valid authentication credential. See ' +
  'https://developers.google.com/identity/sign-in/web/devconsole-project.';

const read = (client: ReturnType<Testbed['secretManager']>) => client.getSecret({ name: secret });

/** What the token endpoint answers to a form. */
async function ask(form: Record<string, string>): Promise<{ status: number; body: Record<string, unknown> }> {
  const reply = await send(bed.gcp.tokenUri, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    caPem: bed.caPem,
  });
  return { status: reply.status, body: JSON.parse(reply.text) };
}

const exchange = (assertion: string) => ask({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });

const refusal = (error: string, description: string, status = 400) => ({
  status,
  body: { error, error_description: description },
});

/** An assertion by hand, so that every claim can be wrong. */
async function sign(keyFile: string, claims: Record<string, unknown> = {}, kid?: string): Promise<string> {
  const file = JSON.parse(keyFile);
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: file.client_email,
    scope: cloudPlatform,
    aud: file.token_uri,
    iat: now,
    exp: now + 3600,
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', ...(kid === undefined ? {} : { kid }) })
    .sign(createPrivateKey(file.private_key));
}

describe('a key file', () => {
  test('has the members of Google’s, and a key that is in no other', async () => {
    const again = await bed.gcp.addKey(bed.admin.email);
    const file = JSON.parse(bed.admin.keyFile);
    expect(file).toEqual({
      type: 'service_account',
      project_id: projectId,
      private_key_id: expect.stringMatching(/^[0-9a-f]{40}$/),
      private_key: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n/),
      client_email: `admin@${projectId}.iam.gserviceaccount.com`,
      client_id: expect.stringMatching(/^[1-9][0-9]{20}$/),
      auth_uri: 'https://accounts.google.com/o/oauth2/auth',
      token_uri: bed.gcp.tokenUri,
      auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
      client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/admin%40${projectId}.iam.gserviceaccount.com`,
      universe_domain: 'googleapis.com',
    });
    expect(JSON.parse(again).private_key).not.toBe(file.private_key);
  });

  test('signs in through Google’s library, by exchange and by a JWT of its own', async () => {
    const jwt = bed.trusting(jwtOf(bed.admin.keyFile));
    bed.desk.clearArrivals();
    const { token } = await jwt.getAccessToken();
    expect((await read(bed.secretManager(bed.holding(token ?? ''))))[0].name).toContain('/secrets/signed-in');
    await read(bed.secretManager());
    expect(bed.desk.arrivals().map(({ name, status }) => `${name} ${status}`)).toEqual([
      'token 200',
      'SecretManagerService.GetSecret 200',
      'SecretManagerService.GetSecret 200',
    ]);
  });

  test('may name Google’s token endpoint or the stand-in’s as audience, and nothing else', async () => {
    const { keyFile } = bed.admin;
    for (const aud of [bed.gcp.tokenUri, 'https://oauth2.googleapis.com/token']) {
      expect((await exchange(await sign(keyFile, { aud }))).body).toEqual({
        access_token: expect.stringMatching(/^ya29\./),
        expires_in: 3599,
        token_type: 'Bearer',
      });
    }
    expect(await exchange(await sign(keyFile, { aud: 'https://example.com/token' }))).toEqual(
      refusal(
        'invalid_grant',
        'Invalid JWT: Failed audience check. The right audience is https://oauth2.googleapis.com/token',
      ),
    );
  });

  test('is refused in Google’s words when something is wrong with it', async () => {
    const { email, keyFile } = await bed.account([]);
    const file = JSON.parse(keyFile);
    const unknown = JSON.stringify({ ...file, client_email: `nobody@${projectId}.iam.gserviceaccount.com` });
    const notFound = refusal('invalid_grant', 'Invalid grant: account not found');
    const badSignature = refusal('invalid_grant', 'Invalid JWT Signature.');
    expect(await exchange(await sign(unknown))).toEqual(notFound);
    expect(await exchange('not.a.jwt')).toEqual(refusal('invalid_grant', 'Bad Request'));
    expect(await exchange(await sign(keyFile, { scope: '' }))).toEqual(
      refusal('invalid_scope', 'Invalid OAuth scope or ID token audience provided.'),
    );
    expect((await exchange(await sign(keyFile, { sub: 'ann@contoso.example' }))).body['error']).toBe(
      'unauthorized_client',
    );

    const other = JSON.stringify({ ...file, private_key: JSON.parse(bed.admin.keyFile).private_key });
    expect(await exchange(await sign(other))).toEqual(badSignature);
    expect(await exchange(await sign(keyFile, {}, 'another-key-id'))).toEqual(badSignature);

    bed.gcp.setAccountEnabled(email, false);
    expect(await exchange(await sign(keyFile))).toEqual(notFound);
    bed.gcp.setAccountEnabled(email, true);
    expect((await exchange(await sign(keyFile, {}, file.private_key_id))).status).toBe(200);
    const second = await bed.gcp.addKey(email);
    bed.gcp.removeKeys(email, file.private_key_id);
    expect(await exchange(await sign(keyFile))).toEqual(badSignature);
    expect((await exchange(await sign(second))).status).toBe(200);
  });

  test('needs a clock that is right within minutes, and a lifetime of an hour at most', async () => {
    const { keyFile } = bed.admin;
    const tooFarOff = refusal(
      'invalid_grant',
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. ' +
        'Check your iat and exp values in the JWT claim.',
    );
    const now = Math.floor(Date.now() / 1000);
    expect(await exchange(await sign(keyFile, { exp: now + 3601 }))).toEqual(tooFarOff);
    for (const [offset, status] of [
      [-4 * minute, 200],
      [-6 * minute, 400],
      [64 * minute, 200],
      [66 * minute, 400],
    ] as const) {
      bed.desk.setClockOffset(offset);
      const reply = await exchange(await sign(keyFile));
      expect([offset, reply.status]).toEqual([offset, status]);
      if (status === 400) expect(reply).toEqual(tooFarOff);
    }
  });
});

describe('an access token', () => {
  test('ends when its time is up, or its account is disabled', async () => {
    const { email, keyFile } = await bed.account(['secretmanager.secrets.get']);
    const { token } = await bed.trusting(jwtOf(keyFile)).getAccessToken();
    const client = bed.secretManager(bed.holding(token ?? ''));
    await read(client);
    const ended = (reason: string) => ({
      http: 401,
      status: 'UNAUTHENTICATED',
      message: `Request had invalid authentication credentials. ${expectedToken}`,
      reason,
    });
    bed.desk.setClockOffset(60 * minute);
    expect(await failureOf(read(client))).toEqual(ended('ACCESS_TOKEN_EXPIRED'));
    bed.desk.setClockOffset(0);
    bed.gcp.setAccountEnabled(email, false);
    expect(await failureOf(read(client))).toEqual(ended('ACCOUNT_STATE_INVALID'));
    expect(await failureOf(read(bed.secretManager(bed.holding('made-up'))))).toEqual(
      ended('ACCESS_TOKEN_TYPE_UNSUPPORTED'),
    );
  });

  test('is missed, and its scope is looked at', async () => {
    const url = `${bed.gcp.url}/v1/${secret}`;
    const anonymous = await send(url, { caPem: bed.caPem });
    expect(JSON.parse(anonymous.text).error).toMatchObject({
      code: 401,
      status: 'UNAUTHENTICATED',
      message: `Request is missing required authentication credential. ${expectedToken}`,
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'CREDENTIALS_MISSING',
          domain: 'googleapis.com',
          metadata: {
            service: 'secretmanager.googleapis.com',
            method: 'google.cloud.secretmanager.v1.SecretManagerService.GetSecret',
          },
        },
      ],
    });
    const scope = 'https://www.googleapis.com/auth/devstorage.read_only';
    const narrow = await exchange(await sign(bed.admin.keyFile, { scope }));
    const client = bed.secretManager(bed.holding(String(narrow.body['access_token'])));
    expect(await failureOf(read(client))).toEqual({
      http: 403,
      status: 'PERMISSION_DENIED',
      message: 'Request had insufficient authentication scopes.',
      reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
    });
  });

  test('may be a JWT of the account’s own, for this API or with a scope', async () => {
    const { keyFile } = bed.admin;
    const { private_key_id: kid } = JSON.parse(keyFile);
    const use = async (claims: Record<string, unknown>) =>
      read(bed.secretManager(bed.holding(await sign(keyFile, claims, kid))));
    const own = { scope: undefined, aud: 'https://secretmanager.googleapis.com/' };
    await use(own);
    await use({ ...own, aud: 'https://secretmanager.europe-west3.rep.googleapis.com/' });
    await use({ aud: undefined });
    for (const aud of ['https://certificatemanager.googleapis.com/', bed.gcp.tokenUri]) {
      expect((await failureOf(use({ ...own, aud }))).reason).toBe('ACCESS_TOKEN_TYPE_UNSUPPORTED');
    }
    const now = Math.floor(Date.now() / 1000);
    expect((await failureOf(use({ ...own, iat: now - 7200, exp: now - 3600 }))).reason).toBe('ACCESS_TOKEN_EXPIRED');
    expect(await failureOf(read(bed.secretManager(wrongKey(keyFile))))).toMatchObject({ http: 401 });
  });

  function wrongKey(keyFile: string): JWT {
    const file = JSON.parse(keyFile);
    return bed.trusting(jwtOf(JSON.stringify({ ...file, private_key_id: 'gone' })));
  }
});

describe('a person’s refresh token', () => {
  function clientOf(file: Record<string, string>): UserRefreshClient {
    return bed.trusting(
      new UserRefreshClient({
        clientId: file['client_id'] ?? '',
        clientSecret: file['client_secret'] ?? '',
        refreshToken: file['refresh_token'] ?? '',
        endpoints: { oauth2TokenUrl: bed.gcp.tokenUri },
      }),
    );
  }

  test('signs in through Google’s library until consent is taken back', async () => {
    const email = 'ann@contoso.example';
    const file = JSON.parse(bed.gcp.addUser(email, projectId));
    expect(file).toMatchObject({ type: 'authorized_user', quota_project_id: projectId });
    bed.gcp.grant(email, 'roles/secretmanager.viewer', projectId);
    await read(bed.secretManager(clientOf(file)));
    const form = { grant_type: 'refresh_token', ...file };
    expect((await ask(form)).body).toMatchObject({ scope: cloudPlatform, token_type: 'Bearer' });

    expect(await ask({ ...form, refresh_token: 'x' })).toEqual(refusal('invalid_grant', 'Bad Request'));
    expect(await ask({ ...form, client_secret: 'x' })).toEqual(refusal('invalid_client', 'Unauthorized', 401));
    expect(await ask({ ...form, client_id: 'x' })).toEqual(
      refusal('invalid_client', 'The OAuth client was not found.', 401),
    );
    expect(await ask({ grant_type: 'password' })).toEqual(
      refusal('unsupported_grant_type', 'Invalid grant_type: password'),
    );
    bed.gcp.setAccountEnabled(email, false);
    expect(await ask(form)).toEqual(refusal('invalid_grant', 'Token has been expired or revoked.'));
    await expect(read(bed.secretManager(clientOf(file)))).rejects.toThrow('invalid_grant');
  });
});

test('the token endpoint can be throttled and fail', async () => {
  const assertion = await sign(bed.admin.keyFile);
  bed.desk.addFault({ name: 'token', fault: { kind: 'throttle', retryAfter: 3 }, times: 1 });
  expect((await exchange(assertion)).status).toBe(429);
  bed.desk.addFault({ name: 'token', fault: { kind: 'status', status: 503 }, times: 1 });
  expect((await exchange(assertion)).status).toBe(503);
  expect((await exchange(assertion)).status).toBe(200);
});
