import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AwsSettings, AzureSettings, GcpSettings } from '../../main/domain/connection.ts';
import { browse } from '../clouds/azure/browser.ts';
import { installFakeAz } from '../clouds/azure/fake-az.ts';
import type { AppCredentials } from '../clouds/azure/index.ts';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { firstBadOf } from '../store/builders.ts';
import { startApp, type TestApp } from '../support/app.ts';
import {
  awsSettings,
  azureSettings,
  type Connections,
  connectAll,
  gcpSettings,
  newRecord,
} from '../support/connect.ts';
import { holdingOf } from '../support/holdings.ts';
import { expectTold } from '../support/told.ts';

const vault = 'kv-dev';
const startUrl = 'https://contoso.awsapps.com/start';

/** Every way to sign in, from the connection to a value that arrived; and each where it cannot work. */
describe('signed in', { timeout: 30_000 }, () => {
  let clouds: Clouds;
  let sample: Sample;
  let app: TestApp;
  let usual: Connections;
  /** A registration that people may sign in with. */
  let publicApp: AppCredentials;
  let home: string;
  let count = 0;
  let person = '';

  beforeAll(async () => {
    clouds = await startClouds();
    sample = await seedSample(clouds);
    clouds.azure.setDevicePollInterval(1);
    publicApp = clouds.azure.addTenantApp({
      redirects: [{ platform: 'desktop', uri: 'http://localhost' }],
      publicFlows: true,
    });
    app = await startApp({
      openBrowser: async (url) => void (await browse(url, clouds.caPem, { account: person })),
      onSignInCode: ({ userCode }) => clouds.azure.approveSignIn(userCode, person),
    });
    usual = await connectAll(app, clouds, sample);
  }, 60_000);
  afterAll(async () => {
    expect(firstBadOf(app.store.audit)).toBeNull();
    await app.end();
    await clouds.close();
  });
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'home-'));
    vi.stubEnv('HOME', home);
    for (const name of [
      'AWS_PROFILE',
      'AWS_CONFIG_FILE',
      'AWS_SHARED_CREDENTIALS_FILE',
      'GOOGLE_APPLICATION_CREDENTIALS',
      'CLOUDSDK_CONFIG',
      'AZURE_CONFIG_DIR',
    ])
      vi.stubEnv(name, undefined);
    clouds.desk.clearArrivals();
  });
  afterEach(() => {
    clouds.desk.setClockOffset(0);
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true });
  });

  const inHome = async (path: string, text: string) => {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), text);
  };
  const azure = (change: Partial<AzureSettings>) => azureSettings(clouds, sample, change);
  const aws = (change: Partial<AwsSettings>) => awsSettings(clouds, sample, change);
  const gcp = (change: Partial<GcpSettings>) => gcpSettings(clouds, sample, change);
  const saved = async (draft: unknown) => {
    const answer = await app.ask('connections.save', { name: `Connection ${++count}`, draft } as never);
    return answer;
  };
  async function recordAt(at: Partial<typeof usual>): Promise<{ id: string; arrived: () => boolean }> {
    const name = `sign-in-${++count}`;
    const value = `value ${count}`;
    clouds.azure.vault(vault).set(name, value);
    const targetService = at.gcp ? 'secretmanager' : 'secretsmanager';
    const wanted = newRecord({ ...usual, ...at }, { vault, name }, { targetService });
    const [record] = await app.ask('records.create', { records: [wanted] });
    const holding = holdingOf(clouds, sample, targetService);
    return { id: record?.id ?? '', arrived: () => holding.content(wanted.targetName)?.toString('utf8') === value };
  }
  /** The connection passes its test, and a value arrives through it. */
  async function works(provider: keyof typeof usual, connectionId: string): Promise<void> {
    const steps = await app.ask('connections.test', { testId: crypto.randomUUID(), connectionId });
    expect(steps.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    const { id, arrived } = await recordAt({ [provider]: connectionId });
    await app.sync([id]);
    expect(await app.record(id)).toMatchObject({ status: 'synced' });
    expect(arrived()).toBe(true);
  }
  /** A sync through it is refused with these words, and nothing reaches the target. */
  async function fails(provider: keyof typeof usual, connectionId: string, said: Parameters<typeof expectTold>[2]) {
    const { id, arrived } = await recordAt({ [provider]: connectionId });
    await expectTold(app, id, said);
    expect(arrived()).toBe(false);
  }

  describe('to Azure', () => {
    function somebody(): void {
      person = clouds.azure.addUser(`ann-${++count}`).userName;
      clouds.azure.grant(person, 'Reader', vault);
      clouds.azure.grant(person, 'Key Vault Certificate User', vault);
    }

    it('with a certificate', async () => {
      const { key, cert } = sample.appCertificate;
      const { id, credentialExpiresAt } = await saved({
        provider: 'azure',
        settings: azure({ signIn: 'certificate' }),
        credential: { signIn: 'certificate', pem: `${key}\n${cert}` },
      });
      expect(credentialExpiresAt).toBeGreaterThan(Date.now());
      await works('azure', id);
    });

    it.each(['browser', 'device-code'] as const)('as a person, with %s', async (way) => {
      somebody();
      const settings = azure({ signIn: way, clientId: publicApp.clientId });
      const signInId = crypto.randomUUID();
      const draft = { provider: 'azure', settings, credential: { signIn: 'user', signInId } };
      // Nobody has signed in yet.
      const early = await app.refuse('connections.save', { name: 'Early', draft });
      expect(early).toMatchObject({ kind: 'invalid', fields: [{ path: 'draft.credential' }] });
      expect(await app.ask('connections.signIn', { signInId, settings })).toEqual({ username: person });
      // What came of it is good for these settings alone.
      const elsewhere = { ...draft, settings: { ...settings, clientId: sample.app.clientId } };
      expect(await app.refuse('connections.save', { name: 'Elsewhere', draft: elsewhere })).toMatchObject({
        fields: [{ path: 'draft.credential' }],
      });
      const { id, credentialHint } = await saved(draft);
      expect(credentialHint).toBe(person);
      await works('azure', id);

      // Tokens got before are good for an hour, whatever becomes of the sign-in.
      clouds.azure.revokeSignIns(person);
      clouds.desk.setClockOffset(2 * 3_600_000);
      await fails('azure', id, {
        code: 'entra-50173',
        sentence: /sign-in was revoked/,
        fix: /Sign in again/,
      });
    });

    it('as a person who cancels, or takes too long to be waited for', async () => {
      somebody();
      const settings = azure({ signIn: 'device-code', clientId: publicApp.clientId });
      const signInId = crypto.randomUUID();
      const nobody = await startApp({ onSignInCode: () => void nobody.ask('connections.cancelSignIn', { signInId }) });
      expect(await nobody.refuse('connections.signIn', { signInId, settings })).toMatchObject({ kind: 'cancelled' });
      const draft = { provider: 'azure', settings, credential: { signIn: 'user', signInId } };
      expect(await nobody.refuse('connections.save', { name: 'x', draft })).toMatchObject({ kind: 'invalid' });
      await nobody.end();
    });

    it('with the Azure CLI’s login, and without one', async () => {
      somebody();
      const bin = mkdtempSync(join(home, 'bin-'));
      const login = {
        loginUrl: clouds.azure.loginUrl,
        caPem: clouds.caPem,
        tenantId: sample.app.tenantId,
        subscriptionId: clouds.azure.subscription.id,
      };
      await installFakeAz(bin, { ...login, refreshToken: clouds.azure.signInToCli(person) });
      vi.stubEnv('PATH', `${bin}${delimiter}${process.env['PATH']}`);
      const { clientId: _, ...settings } = azure({ signIn: 'cli' });
      const { id } = await saved({ provider: 'azure', settings });
      await works('azure', id);
      await installFakeAz(bin, login);
      await fails('azure', id, { code: 'azure-cli-signed-out', sentence: /Azure CLI/, fix: /az login/ });
    });
  });

  describe('to AWS', () => {
    const keysIn = (name: string, { accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string }) =>
      `[${name}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;

    it('with a profile, and with one that does not exist', async () => {
      await inHome('.aws/credentials', keysIn('prod', sample.fullKey));
      const { id, credentialHint } = await saved({
        provider: 'aws',
        settings: aws({ signIn: 'profile', profile: 'prod' }),
      });
      expect(credentialHint).toBe('AWS profile prod');
      await works('aws', id);
      await inHome('.aws/credentials', keysIn('other', sample.fullKey));
      clouds.desk.clearArrivals();
      const said = { code: 'aws-profile-missing', sentence: /no AWS profile "prod"/, fix: /list-profiles/ };
      await fails('aws', id, said);
      expect(clouds.desk.arrivals({ cloud: 'aws' })).toEqual([]);
    });

    it('with an SSO login, and with one that ran out', async () => {
      const access = clouds.aws.signInToPortal({
        roleName: 'Sync',
        policy: { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
      });
      const { accountId, roleName } = access;
      await inHome(
        '.aws/config',
        `[profile dev]\nsso_session = contoso\nsso_account_id = ${accountId}\nsso_role_name = ${roleName}\n` +
          `[sso-session contoso]\nsso_start_url = ${startUrl}\nsso_region = eu-west-1\n`,
      );
      const cache = `.aws/sso/cache/${createHash('sha1').update('contoso').digest('hex')}.json`;
      const token = (expiresAt: number) =>
        inHome(
          cache,
          JSON.stringify({
            startUrl,
            region: 'eu-west-1',
            accessToken: access.accessToken,
            expiresAt: new Date(expiresAt).toISOString(),
          }),
        );
      await token(Date.now() + 3_600_000);
      const { id } = await saved({
        provider: 'aws',
        settings: aws({ signIn: 'sso', sso: { startUrl, region: 'eu-west-1', accountId, roleName } }),
      });
      await works('aws', id);
      await token(Date.now() - 1000);
      await fails('aws', id, {
        code: 'aws-login-expired',
        sentence: /ran out or is missing: the SSO login at/,
        fix: /aws sso login --sso-session contoso/,
      });
      expect(app.sent.join('\n')).not.toContain(access.accessToken);
    });

    it('as a role, and as one that refuses', async () => {
      const { arn, externalId, key } = sample.role;
      const credential = { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey };
      const draft = (id: string) => ({
        provider: 'aws',
        settings: aws({ assumeRole: { roleArn: arn, externalId: id, sessionName: 'nightly' } }),
        credential,
      });
      await works('aws', (await saved(draft(externalId))).id);
      await fails('aws', (await saved(draft('another'))).id, {
        code: 'aws-role-refused',
        sentence: /does not let this connection go on as the role arn:aws:iam::/,
        fix: /trust policy.*external ID/,
      });
    });
  });

  describe('to GCP', () => {
    it('with a key, and with one that was deleted', async () => {
      const { email, keyFile } = await clouds.gcp.addServiceAccount(sample.gcp.projectId, `sync-${++count}`);
      clouds.gcp.grant(email, 'roles/secretmanager.admin', sample.gcp.projectId);
      const { id, credentialHint } = await saved({
        provider: 'gcp',
        settings: gcp({}),
        credential: { serviceAccountKey: keyFile },
      });
      expect(credentialHint).toBe(email);
      await works('gcp', id);
      clouds.gcp.removeKeys(email);
      await fails('gcp', id, { code: 'gcp-key-refused', sentence: /key/, fix: /new key/ });
    });

    it('with application default credentials, and without any', async () => {
      const email = `ann-${++count}@contoso.example`;
      const file = clouds.gcp.addUser(email, sample.gcp.projectId);
      clouds.gcp.grant(email, 'roles/secretmanager.admin', sample.gcp.projectId);
      await inHome('.config/gcloud/application_default_credentials.json', file);
      const { id } = await saved({ provider: 'gcp', settings: gcp({ signIn: 'adc' }) });
      await works('gcp', id);
      vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(home, 'nowhere.json'));
      await fails('gcp', id, {
        code: 'gcp-adc-missing',
        sentence: /GOOGLE_APPLICATION_CREDENTIALS names cannot be read/,
        fix: /readable file/,
      });
      expect(app.sent.join('\n')).not.toContain(JSON.parse(file).refresh_token);
    });

    it('as another service account, and as one that does not let it', async () => {
      const credential = { serviceAccountKey: sample.gcp.impersonator.keyFile };
      const draft = (impersonate: string) => ({ provider: 'gcp', settings: gcp({ impersonate }), credential });
      await works('gcp', (await saved(draft(sample.gcp.full.email))).id);
      await fails('gcp', (await saved(draft(sample.gcp.writeOnly.email))).id, {
        code: 'gcp-impersonation',
        sentence: new RegExp(sample.gcp.writeOnly.email.split('@')[0] ?? ''),
        fix: /roles\/iam.serviceAccountTokenCreator/,
      });
    });

    it('never with a file that is no key, or a key for something else', async () => {
      const { keyFile } = sample.gcp.full;
      const parsed = JSON.parse(keyFile);
      const before = await app.ask('connections.list', {});
      for (const [file, code, sentence] of [
        ['not JSON', 'gcp-key-type', /not the key of a service account/],
        ['{"type": "authorized_user", "client_id": "x"}', 'gcp-key-type', /of type authorized_user/],
        [
          JSON.stringify({ ...parsed, project_id: 'contoso-other' }),
          'gcp-key-project',
          /belongs to the project contoso-other/,
        ],
        [
          JSON.stringify({ ...parsed, private_key: undefined }),
          'gcp-key-incomplete',
          /incomplete or damaged \(private_key\)/,
        ],
        [JSON.stringify({ ...parsed, private_key: 'x' }), 'gcp-key-unreadable', /cannot be read/],
      ] as const) {
        const draft = { provider: 'gcp', settings: gcp({}), credential: { serviceAccountKey: file } };
        const failure = await app.refuse('connections.save', { name: 'Wrong', draft });
        expect(failure).toMatchObject({ kind: 'invalid', code, sentence: expect.stringMatching(sentence) });
        expect(failure.fix).toMatch(/[Uu]pload/);
      }
      expect(await app.ask('connections.list', {})).toEqual(before);
      expect(clouds.desk.arrivals()).toEqual([]);
    });
  });
});
