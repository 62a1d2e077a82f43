import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { CloudDeps } from '../../main/clouds/call.ts';
import type { SignedIn, SignInPrompts, Source, TestStep } from '../../main/clouds/ports.ts';
import { openSource, signIn } from '../../main/clouds/registry.ts';
import type { AzureSettings, Credential } from '../../main/domain/connection.ts';
import { browse } from '../clouds/azure/browser.ts';
import type { AppCredentials } from '../clouds/azure/index.ts';
import { everythingIn, failureOf, patience } from '../conformance/outcome.ts';
import { type CloudBed, connectionTo, openCloudBed } from '../support/cloud-bed.ts';

const day = 24 * 60 * 60 * 1000;
const item = { kind: 'secret', vault: 'kv-person', name: 'a' } as const;
const text = { payload: { kind: 'text', text: 'one' } };

describe('a person who signs in', () => {
  let bed: CloudBed;
  let app: AppCredentials;
  let person: string;
  let people = 0;
  const opened: Source[] = [];

  beforeAll(async () => {
    bed = await openCloudBed();
    const redirects = [{ platform: 'desktop', uri: 'http://localhost' }] as const;
    app = bed.azure.addTenantApp({ redirects, publicFlows: true });
    bed.azure.setDevicePollInterval(1);
    await bed.azure.addVault('kv-person');
    bed.azure.vault('kv-person').set('a', 'one');
  });
  afterEach(() => {
    bed.desk.setClockOffset(0);
    for (const source of opened.splice(0)) source.close();
  });
  afterAll(() => bed.close());

  function settings(change: Partial<AzureSettings> = {}): AzureSettings {
    return {
      provider: 'azure',
      tenantId: app.tenantId,
      clientId: app.clientId,
      signIn: 'browser',
      cloud: 'custom',
      authority: bed.azure.loginUrl,
      resourceManager: bed.azure.armUrl,
      caBundle: bed.caPem,
      ...change,
    };
  }

  /** Somebody new, who may read the vault. */
  function somebody(): string {
    person = bed.azure.addUser(`ann-${++people}`).userName;
    bed.azure.grant(person, 'Reader', 'kv-person');
    bed.azure.grant(person, 'Key Vault Certificate User', 'kv-person');
    return person;
  }

  const inBrowser = (choice: Parameters<typeof browse>[2]): SignInPrompts => ({
    async openBrowser(url) {
      await browse(url, bed.caPem, choice);
    },
    showCode: () => expect.unreachable('no code was asked for'),
  });
  const start = (
    prompts: SignInPrompts,
    change: Partial<AzureSettings> = {},
    signal = patience(),
    deps: Partial<CloudDeps> = {},
  ): Promise<SignedIn> => signIn(connectionTo(settings(change)), prompts, { ...bed.deps, ...deps }, signal);

  async function open(credential: unknown, deps: Partial<CloudDeps> = {}): Promise<Source> {
    const source = await openSource(connectionTo(settings()), credential, { ...bed.deps, ...deps });
    opened.push(source);
    return source;
  }

  test('in the browser gets into vaults and Resource Manager, then and later', async () => {
    const account = somebody();
    const { credential, username } = await start(inBrowser({ account }));
    expect(username).toBe(account);
    expect(credential).toMatchObject({ signIn: 'user', username: account });
    bed.desk.clearArrivals();
    const source = await open(credential);
    expect(await source.read(item, patience())).toMatchObject(text);
    expect((await source.listVaults(patience())).vaults).toHaveLength(1);
    // Both tokens were got while the person was there.
    expect(bed.desk.arrivals({ cloud: 'entra', name: 'token' })).toEqual([]);
    const steps: TestStep[] = [];
    for await (const step of source.test(patience())) steps.push(step);
    expect(steps.every(({ outcome }) => outcome === 'passed')).toBe(true);
    expect(steps.find(({ id }) => id === 'sign-in')?.sentence).toMatch(
      new RegExp(`^${account} signed in\\. .* good until \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC`),
    );
  });

  test('sees pages that load nothing and say nothing of the sign-in', async () => {
    const account = somebody();
    let shown = '';
    await start({
      ...inBrowser({ account }),
      async openBrowser(url) {
        expect(new URL(url).origin).toBe(bed.azure.loginUrl);
        expect(new URL(url).searchParams.get('code_challenge_method')).toBe('S256');
        shown = (await browse(url, bed.caPem, { account })).text;
      },
    });
    expect(shown).toContain('You are signed in');
    expect(shown).not.toMatch(/src=|href=|url\(|<script/i);
    expect(shown).not.toContain(account);
  });

  test('with a code is shown where to type it, and gets in', async () => {
    const account = somebody();
    const codes: Parameters<SignInPrompts['showCode']>[0][] = [];
    const { credential } = await start(
      {
        openBrowser: () => expect.unreachable('no browser was asked for'),
        showCode(code) {
          codes.push(code);
          // Not at once: the app has to ask again.
          setTimeout(() => {
            bed.advance(5000);
            bed.azure.approveSignIn(code.userCode, account);
          }, 200);
        },
      },
      { signIn: 'device-code' },
    );
    expect(codes).toHaveLength(1);
    expect(codes[0]?.address).toMatch(/^https:\/\//);
    expect(codes[0]?.expiresAt).toBeGreaterThan(bed.now());
    expect(await (await open(credential)).read(item, patience())).toMatchObject(text);
  });

  test('may decline, in the browser or of the code', async () => {
    const declined = { kind: 'auth', code: expect.stringMatching(/^(sign-in-again|entra-65004)$/) };
    expect(await failureOf(start(inBrowser('cancel')))).toMatchObject(declined);
    const prompts = { ...inBrowser('cancel'), showCode: ({ userCode = '' }) => bed.azure.denySignIn(userCode) };
    expect(await failureOf(start(prompts, { signIn: 'device-code' }))).toMatchObject(declined);
  });

  test('may give up while the browser or the code waits, and nothing waits on', async () => {
    const cancelled = { kind: 'cancelled' };
    const patient = new AbortController();
    let redirect = '';
    const waiting = failureOf(
      start(
        {
          ...inBrowser('cancel'),
          async openBrowser(url) {
            redirect = new URL(url).searchParams.get('redirect_uri') ?? '';
            patient.abort();
          },
        },
        {},
        patient.signal,
      ),
    );
    expect(await waiting).toMatchObject(cancelled);
    await vi.waitFor(() => expect(fetch(redirect)).rejects.toThrow());
    const other = new AbortController();
    const code = { ...inBrowser('cancel'), showCode: () => other.abort() };
    expect(await failureOf(start(code, { signIn: 'device-code' }, other.signal))).toMatchObject(cancelled);
    const before = AbortSignal.abort();
    expect(await failureOf(start(inBrowser('cancel'), {}, before))).toMatchObject(cancelled);
  });

  test('a code that nobody types ends by itself', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const later = Date.now() + 16 * 60_000;
      const prompts = { ...inBrowser('cancel'), showCode: () => void setTimeout(() => vi.setSystemTime(later), 100) };
      const failure = await failureOf(start(prompts, { signIn: 'device-code' }));
      expect(failure).toMatchObject({ kind: 'auth', fix: expect.stringContaining('Sign in again') });
    } finally {
      vi.useRealTimers();
    }
  });

  test('who never comes back is not waited for without end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    try {
      const away = { ...inBrowser('cancel'), openBrowser: async () => void vi.advanceTimersByTime(15 * 60_000) };
      const failure = await failureOf(start(away));
      expect(failure).toMatchObject({ kind: 'auth', code: 'sign-in-again' });
      expect(failure.sentence).toContain('15 minutes');
    } finally {
      vi.useRealTimers();
    }
  });

  test('without a browser is told as such', async () => {
    const none = { ...inBrowser('cancel'), openBrowser: () => Promise.reject(new Error('canary')) };
    expect(await failureOf(start(none))).toMatchObject({ kind: 'invalid', code: 'browser-unopened' });
  });

  test('is kept signed in: what Entra ID renews is kept, and is enough the next time', async () => {
    const { credential } = await start(inBrowser({ account: somebody() }));
    const kept: Credential[] = [];
    const deps = { keepCredential: (renewed: Credential) => void kept.push(renewed) };
    const source = await open(credential, deps);
    bed.desk.clearArrivals();
    bed.desk.setClockOffset(2 * 60 * 60 * 1000);
    // The stand-in does not take the old token any more.
    await Promise.all(Array.from({ length: 10 }, () => source.read(item, patience())));
    // One for the vault, one for Resource Manager, however many waited.
    expect(bed.desk.arrivals({ cloud: 'entra', name: 'token' })).toHaveLength(2);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.at(-1)).toMatchObject({ signIn: 'user', username: person });
    expect(kept.at(-1)).not.toEqual(credential);
    expect(await (await open(kept.at(-1))).read(item, patience())).toMatchObject(text);
  });

  test.each<[string, number, (name: string) => void]>([
    ['was revoked', 50173, (name) => bed.azure.revokeSignIns(name)],
    ['expired', 700082, () => bed.desk.setClockOffset(91 * day)],
    ['is of a disabled account', 50057, (name) => bed.azure.setUserEnabled(name, false)],
  ])('whose sign-in %s is told to sign in again', async (_, number, end) => {
    const account = somebody();
    const { credential } = await start(inBrowser({ account }));
    const source = await open(credential);
    bed.desk.setClockOffset(2 * 60 * 60 * 1000);
    end(account);
    const failure = await failureOf(source.read(item, patience()));
    expect(failure).toMatchObject({ kind: 'auth', code: `entra-${number}` });
    expect(failure.fix).toMatch(/sign in.* in this connection/i);
    expect(JSON.stringify(failure)).not.toContain('AADSTS');
  });

  test('needs an application that lets people sign in', async () => {
    const closed = bed.azure.addTenantApp({ redirects: [{ platform: 'desktop', uri: 'http://localhost' }] });
    const prompts: SignInPrompts = {
      ...inBrowser('cancel'),
      showCode: ({ userCode }) => bed.azure.approveSignIn(userCode, somebody()),
    };
    const refused = await failureOf(start(prompts, { signIn: 'device-code', clientId: closed.clientId }));
    expect(refused).toMatchObject({ kind: 'auth', code: 'entra-7000218' });
    expect(refused.fix).toContain('public client flows');
  });

  test('signs in with settings that say so, and with no others', async () => {
    const code = async (change: Partial<AzureSettings>) => (await failureOf(start(inBrowser('cancel'), change))).code;
    for (const way of ['secret', 'certificate', 'cli'] as const)
      expect(await code({ signIn: way })).toBe('sign-in-way');
    expect(await code({ tenantId: '../x' })).toBe('tenant-id');
    expect(await code({ clientId: undefined })).toBe('client-id');
    expect(await code({ authority: 'http://localhost' })).toBe('endpoint-not-https');
    expect((await failureOf(start(inBrowser('cancel'), { tenantId: 'nowhere.example' }))).kind).toBe('auth');
    const { credential } = await start(inBrowser({ account: somebody() }));
    for (const wrong of [null, {}, { signIn: 'outside' }, { ...credential, cache: '' }, { ...credential, more: 1 }])
      expect((await failureOf(open(wrong))).code).toBe('credential');
    const damaged = await open({ ...credential, homeAccountId: 'somebody.else' });
    expect(await failureOf(damaged.read(item, patience()))).toMatchObject({ kind: 'auth', code: 'sign-in-again' });
    const notCache = await open({ ...credential, cache: 'canary, not a cache' });
    const error: unknown = await notCache.read(item, patience()).catch((thrown: unknown) => thrown);
    expect(await failureOf(Promise.reject(error))).toMatchObject({ kind: 'auth', code: 'sign-in-again' });
    expect(everythingIn(error)).not.toContain('canary');
  });

  test('is in no failure with any token, nor in what it was caused by', async () => {
    const { credential } = await start(inBrowser({ account: somebody() }));
    if (!('cache' in credential)) throw new Error('no cache');
    const secrets = [...credential.cache.matchAll(/"secret":\s*"([^"]+)"/g)].map(([, secret = '']) => secret);
    expect(secrets.length).toBeGreaterThan(2);
    const source = await open(credential);
    bed.desk.setClockOffset(2 * 60 * 60 * 1000);
    for (const fault of [{ kind: 'reset' }, { kind: 'truncate' }, { kind: 'status', status: 503 }] as const) {
      bed.desk.addFault({ cloud: 'entra', name: 'token', fault, times: 1 });
      const error: unknown = await source.read(item, patience()).catch((thrown: unknown) => thrown);
      expect(await failureOf(Promise.reject(error))).toMatchObject({ kind: 'network' });
      const said = everythingIn(error);
      for (const secret of secrets) expect(said).not.toContain(secret);
    }
    expect(await source.read(item, patience())).toMatchObject(text);
  });
});
