import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Target } from '../../main/clouds/ports.ts';
import { openTarget } from '../../main/clouds/registry.ts';
import type { GcpSettings } from '../../main/domain/connection.ts';
import { everythingIn, failureOf, patience } from '../conformance/outcome.ts';
import { type CloudBed, connectionTo, openCloudBed } from '../support/cloud-bed.ts';
import { gcpSettings, projectId } from './gcp-bed.ts';

describe('signing in to GCP', { timeout: 30_000 }, () => {
  let bed: CloudBed;
  let folder: string;
  let accounts = 0;
  const opened: Target[] = [];
  beforeAll(async () => {
    bed = await openCloudBed();
    bed.gcp.addProject(projectId);
    folder = await mkdtemp(join(tmpdir(), 'gcp-sign-in-'));
  });
  beforeEach(() => {
    // Whatever this computer has of its own stays out of it.
    vi.stubEnv('HOME', folder);
    vi.stubEnv('APPDATA', folder);
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    bed.desk.clearFaults();
    bed.desk.setClockOffset(0);
    for (const target of opened.splice(0)) target.close();
  });
  afterAll(async () => {
    await bed.close();
    await rm(folder, { recursive: true });
  });

  async function newAccount(granted = true) {
    const account = await bed.gcp.addServiceAccount(projectId, `sync-${++accounts}`);
    if (granted) bed.gcp.grant(account.email, 'roles/secretmanager.admin', projectId);
    return account;
  }
  async function open(credential: unknown, change: Partial<GcpSettings> = {}): Promise<Target> {
    const connection = connectionTo(gcpSettings(bed, change));
    const target = await openTarget(connection, credential, 'secretmanager', 'global', bed.deps);
    opened.push(target);
    return target;
  }
  const look = (target: Target) => target.inspect({ name: 'never-there' }, patience());
  const tokens = () => bed.desk.arrivals({ cloud: 'gcp', name: 'token' }).length;
  async function outsideWith(file: object | string, change: Partial<GcpSettings> = {}): Promise<Target> {
    const path = join(folder, `${randomUUID()}.json`);
    await writeFile(path, typeof file === 'string' ? file : JSON.stringify(file));
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', path);
    return await open({ signIn: 'outside' }, { signIn: 'adc', ...change });
  }

  test('with a key, once for many calls at the same time', async () => {
    const { keyFile } = await newAccount();
    const target = await open({ serviceAccountKey: keyFile });
    bed.desk.clearArrivals();
    const states = await Promise.all(Array.from({ length: 20 }, () => look(target)));
    expect(states.every(({ kind }) => kind === 'absent')).toBe(true);
    await look(target);
    expect(tokens()).toBe(1);
  });

  test('a token that is not accepted is replaced, once', async () => {
    const { keyFile } = await newAccount();
    const target = await open({ serviceAccountKey: keyFile });
    await look(target);
    bed.desk.clearArrivals();
    bed.desk.addFault({
      cloud: 'gcp',
      name: 'SecretManagerService.GetSecret',
      fault: { kind: 'status', status: 401 },
      times: 1,
    });
    expect(await look(target)).toEqual({ kind: 'absent' });
    expect(tokens()).toBe(1);
    bed.desk.addFault({ cloud: 'gcp', name: 'SecretManagerService.GetSecret', fault: { kind: 'status', status: 401 } });
    expect(await failureOf(look(target))).toMatchObject({ kind: 'auth', code: 'gcp-token-refused' });
    expect(tokens()).toBe(2);
  });

  test.each([
    ['of another kind', { type: 'authorized_user', client_id: 'x' }, 'gcp-key-type', 'authorized_user'],
    ['that is no JSON', 'canary-no-json', 'gcp-key-type', 'not the key of a service account'],
    ['that lacks something', { type: 'service_account', project_id: projectId }, 'gcp-key-incomplete', 'private_key'],
  ])('a file %s is refused before anything is sent', async (_, file, code, words) => {
    bed.desk.clearArrivals();
    const serviceAccountKey = typeof file === 'string' ? file : JSON.stringify(file);
    const failure = await failureOf(open({ serviceAccountKey }));
    expect(failure).toMatchObject({ kind: 'invalid', code });
    expect(failure.sentence).toContain(words);
    expect(failure.sentence).not.toContain('canary');
    expect(bed.desk.arrivals({ cloud: 'gcp' })).toEqual([]);
  });

  test.each<[string, (key: Record<string, string>) => object, Partial<GcpSettings>, string]>([
    ['of another project', (key) => ({ ...key, project_id: 'other-project' }), {}, 'gcp-key-project'],
    ['whose private key is damaged', (key) => ({ ...key, private_key: 'canary' }), {}, 'gcp-key-unreadable'],
    [
      'with a key that is not RSA',
      (key) => {
        const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        return { ...key, private_key: privateKey.export({ format: 'pem', type: 'pkcs8' }) };
      },
      {},
      'gcp-key-unreadable',
    ],
    ['of another cloud', (key) => ({ ...key, universe_domain: 'example.com' }), {}, 'gcp-key-universe'],
    [
      'that signs in elsewhere',
      (key) => ({ ...key, token_uri: 'https://canary.example/token' }),
      { endpoint: undefined },
      'gcp-key-token-uri',
    ],
  ])('a key %s is refused, and not quoted', async (_, change, settings, code) => {
    const key: Record<string, string> = JSON.parse((await newAccount()).keyFile);
    const serviceAccountKey = JSON.stringify(change(key));
    const failure = await failureOf(open({ serviceAccountKey }, settings));
    expect(failure).toMatchObject({ kind: 'invalid', code });
    expect(JSON.stringify(failure)).not.toContain('canary');
    expect(JSON.stringify(failure)).not.toContain('PRIVATE KEY');
  });

  test('another project is named beside the one wanted', async () => {
    const key: Record<string, string> = JSON.parse((await newAccount()).keyFile);
    const other = JSON.stringify({ ...key, project_id: 'other-project' });
    const failure = await failureOf(open({ serviceAccountKey: other }));
    expect(failure.sentence).toContain('other-project');
    expect(failure.sentence).toContain(projectId);
  });

  test('a key deleted, an account disabled and a wrong clock are told apart', async () => {
    const deleted = await newAccount();
    bed.gcp.removeKeys(deleted.email);
    const refused = await failureOf(look(await open({ serviceAccountKey: deleted.keyFile })));
    expect(refused).toMatchObject({ kind: 'auth', code: 'gcp-key-refused' });
    expect(refused.sentence).toContain(deleted.email);
    const disabled = await newAccount();
    bed.gcp.setAccountEnabled(disabled.email, false);
    const ended = await failureOf(look(await open({ serviceAccountKey: disabled.keyFile })));
    expect(ended).toMatchObject({ kind: 'auth', code: 'gcp-account-ended' });
    const { keyFile } = await newAccount();
    for (const hours of [2, -2]) {
      bed.desk.setClockOffset(hours * 3_600_000);
      const skewed = await failureOf(look(await open({ serviceAccountKey: keyFile })));
      expect(skewed).toMatchObject({ kind: 'auth', code: 'clock-skew' });
    }
  });

  test('a sign-in that is throttled, unavailable or cut off may pass, and is tried once each time', async () => {
    const { keyFile } = await newAccount();
    const target = await open({ serviceAccountKey: keyFile });
    const fault = (what: Parameters<typeof bed.desk.addFault>[0]['fault']) =>
      bed.desk.addFault({ cloud: 'gcp', name: 'token', fault: what, times: 1 });
    bed.desk.clearArrivals();
    fault({ kind: 'throttle', retryAfter: 3 });
    expect(await failureOf(look(target))).toMatchObject({ kind: 'throttled', retryAfterMs: 3000 });
    fault({ kind: 'status', status: 503 });
    expect(await failureOf(look(target))).toMatchObject({ kind: 'network', code: 'gcp-unavailable' });
    fault({ kind: 'reset' });
    expect(await failureOf(look(target))).toMatchObject({ kind: 'network', code: 'connection-lost' });
    expect(tokens()).toBe(3);
    expect(await look(target)).toEqual({ kind: 'absent' });
  });

  test('goes on as another service account, and says which right is missing where it may not', async () => {
    const first = await newAccount(false);
    const second = await newAccount();
    const target = await open({ serviceAccountKey: first.keyFile }, { impersonate: second.email });
    const refused = await failureOf(look(target));
    expect(refused).toMatchObject({ kind: 'denied', code: 'gcp-impersonation' });
    expect(refused.sentence).toContain(`${second.email} (iam.serviceAccounts.getAccessToken)`);
    expect(refused.sentence).toContain(first.email);
    bed.gcp.grant(first.email, 'roles/iam.serviceAccountTokenCreator', second.email);
    bed.desk.clearArrivals();
    await Promise.all(Array.from({ length: 5 }, () => look(target)));
    expect(bed.desk.arrivals({ cloud: 'gcp', name: 'IAMCredentials.GenerateAccessToken' })).toHaveLength(1);
    const steps = [];
    for await (const step of target.test('', patience())) steps.push(step);
    expect(steps.find(({ id }) => id === 'sign-in')?.sentence).toContain(`as ${second.email}`);
  });

  test('with what gcloud left on this computer, in its usual place too', async () => {
    const email = `person-${++accounts}@contoso.example`;
    const file = bed.gcp.addUser(email, projectId);
    bed.gcp.grant(email, 'roles/secretmanager.admin', projectId);
    expect(await look(await outsideWith(file))).toEqual({ kind: 'absent' });
    const usual = join(folder, process.platform === 'win32' ? 'gcloud' : '.config/gcloud');
    await mkdir(usual, { recursive: true });
    await writeFile(join(usual, 'application_default_credentials.json'), file);
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '');
    expect(await look(await open({ signIn: 'outside' }, { signIn: 'adc' }))).toEqual({ kind: 'absent' });
    await rm(usual, { recursive: true });
    bed.gcp.setAccountEnabled(email, false);
    const ended = await failureOf(look(await outsideWith(file)));
    expect(ended).toMatchObject({ kind: 'auth', code: 'gcp-sign-in-ended' });
    expect(ended.fix).toContain('gcloud auth application-default login');
  });

  test('with a service account named in the environment, and with one lent to a person', async () => {
    const account = await newAccount();
    expect(await look(await outsideWith(account.keyFile))).toEqual({ kind: 'absent' });
    const email = `person-${++accounts}@contoso.example`;
    const source_credentials = JSON.parse(bed.gcp.addUser(email, projectId));
    bed.gcp.grant(email, 'roles/iam.serviceAccountTokenCreator', account.email);
    const lent = {
      type: 'impersonated_service_account',
      service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${account.email}:generateAccessToken`,
      source_credentials,
    };
    expect(await look(await outsideWith(lent))).toEqual({ kind: 'absent' });
  });

  test.each([
    ['none', undefined, 'auth', 'gcp-adc-missing'],
    ['of a kind not used here', { type: 'gdch_service_account' }, 'invalid', 'gcp-adc-type'],
    [
      'that would be asked of another server',
      {
        type: 'external_account',
        audience: 'a',
        subject_token_type: 't',
        token_url: 'https://sts.googleapis.com/v1/token',
        credential_source: { url: 'http://169.254.169.254/canary' },
      },
      'invalid',
      'gcp-adc-unusable',
    ],
    ['that are damaged', { type: 'authorized_user', refresh_token: 'canary' }, 'invalid', 'gcp-adc-unusable'],
  ])('default credentials: %s', async (_, file, kind, code) => {
    const target = file ? await outsideWith(file) : await open({ signIn: 'outside' }, { signIn: 'adc' });
    bed.desk.clearArrivals();
    const failure = await failureOf(look(target));
    expect(failure).toMatchObject({ kind, code });
    expect(JSON.stringify(failure)).not.toContain('canary');
    expect(failure.fix).toContain('gcloud auth application-default login');
    expect(bed.desk.arrivals({ cloud: 'gcp' })).toEqual([]);
  });

  test('a workload identity that would fetch its tokens anywhere but at Google is not sent there', async () => {
    const token = join(folder, 'workload-token');
    await writeFile(token, 'canary-subject-token');
    const target = await outsideWith({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: 'https://sts.example.com/v1/token',
      credential_source: { file: token },
    });
    const failure = await failureOf(look(target));
    expect(failure).toMatchObject({ kind: 'invalid', code: 'endpoint-elsewhere' });
    expect(failure.sentence).toContain('sts.example.com');
    expect(JSON.stringify(failure)).not.toContain('canary');
  });

  test('a credential that does not fit the settings is refused', async () => {
    const { keyFile } = await newAccount();
    expect(await failureOf(open({ signIn: 'outside' }))).toMatchObject({ code: 'credential' });
    expect(await failureOf(open({ serviceAccountKey: keyFile }, { signIn: 'adc' }))).toMatchObject({
      code: 'credential',
    });
    for (const credential of [undefined, null, 'text', {}, { serviceAccountKey: 7 }])
      expect(await failureOf(open(credential))).toMatchObject({ kind: 'invalid', code: 'credential' });
  });

  test('no key, token or value is in any error, its causes or what the library prints', async () => {
    vi.stubEnv('GOOGLE_SDK_NODE_LOGGING', '*');
    vi.stubEnv('HTTPS_PROXY', 'http://canary.invalid:1');
    const printed: string[] = [];
    const keep = (text: unknown) => {
      printed.push(String(text));
      return true;
    };
    const spies = [
      vi.spyOn(process.stderr, 'write').mockImplementation(keep),
      vi.spyOn(process.stdout, 'write').mockImplementation(keep),
      vi.spyOn(console, 'log').mockImplementation(keep),
      vi.spyOn(console, 'error').mockImplementation(keep),
    ];
    const { keyFile } = await newAccount();
    const target = await open({ serviceAccountKey: keyFile });
    const value = `canary-${randomUUID()}`;
    const write = (name: string) =>
      target.write(
        {
          mode: 'create',
          name,
          payload: { kind: 'text', text: value },
          tags: {},
          options: {},
          replaces: null,
          idempotencyKey: randomUUID(),
        },
        patience(),
      );
    const errors: unknown[] = [];
    for (const fault of [
      { kind: 'status', status: 500 },
      { kind: 'reset' },
      { kind: 'truncate' },
      { kind: 'throttle' },
    ] as const) {
      bed.desk.addFault({ cloud: 'gcp', name: 'SecretManagerService.AddSecretVersion', fault, times: 1 });
      errors.push(await write(`canary-test-${errors.length}`).catch((error: unknown) => error));
    }
    await write('canary-test-good');
    for (const spy of spies) spy.mockRestore();
    expect(errors).toHaveLength(4);
    const said = [...errors.map(everythingIn), ...printed].join('\n');
    expect(said).toContain('HTTP 500');
    const { private_key } = JSON.parse(keyFile) as { private_key: string };
    const secretParts = [value, Buffer.from(value).toString('base64'), 'ya29.', 'Bearer', private_key.slice(40, 80)];
    for (const part of secretParts) expect(said).not.toContain(part);
  });
});
