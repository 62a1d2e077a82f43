import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createHttpHeaders, createPipelineRequest, type HttpClient } from '@azure/core-rest-pipeline';
import { AuthError, ConfidentialClientApplication, type Configuration, type INetworkModule } from '@azure/msal-node';
import { z } from 'zod';
import type { AzureSettings } from '../../domain/connection.ts';
import { Failure, invalid } from '../../domain/failure.ts';
import { callCloud } from '../call.ts';
import { brokenReply } from '../failures.ts';
import { classifyNetwork, classifySignIn, signInFailed } from './classify.ts';
import { parseJson } from './http.ts';
import type { AzurePlace } from './place.ts';

const credentialShape = z.discriminatedUnion('signIn', [
  z.strictObject({ signIn: z.literal('secret'), clientSecret: z.string().min(1) }),
  z.strictObject({ signIn: z.literal('certificate'), pem: z.string().min(1) }),
]);

export interface SignIn {
  /** An access token for a scope, from memory while it is good. */
  token(scope: string): Promise<string>;
  /** Drops a token that a service refused, so that the next one is new. */
  forget(token: string): void;
}

interface SignInOptions {
  readonly settings: AzureSettings;
  readonly place: AzurePlace;
  readonly http: (signal: AbortSignal) => HttpClient;
  readonly timeoutMs: number;
  now(): number;
}

/**
 * Signs the connection's application in with its secret or certificate.
 * @param credential not trusted to be one until parsed
 * @throws Failure `invalid` if settings or credential cannot be used, before anything is sent
 */
export function openSignIn(credential: unknown, options: SignInOptions): SignIn {
  const auth = authOf(credential, options);
  const network = networkModule(options);
  const newApplication = () =>
    new ConfidentialClientApplication({
      auth,
      system: { networkClient: network.module } satisfies Configuration['system'],
    });
  let application = newApplication();
  const pending = new Map<string, Promise<string>>();
  const given = new Set<string>();

  /** MSAL keeps its tokens in the application object. */
  function startOver() {
    application = newApplication();
    given.clear();
  }

  async function acquire(scope: string): Promise<string> {
    try {
      // No region from the environment: it would send the secret to another host.
      const result = await application.acquireTokenByClientCredential({
        scopes: [scope],
        azureRegion: 'DisableMsalForceRegion',
      });
      if (!result?.accessToken) throw new Error('MSAL gave no token');
      given.add(result.accessToken);
      return result.accessToken;
    } catch (error) {
      throw network.reasonFor(error) ?? signInFailed(error);
    }
  }

  function token(scope: string): Promise<string> {
    const running = pending.get(scope);
    if (running) return running;
    const started = acquire(scope).finally(() => pending.delete(scope));
    pending.set(scope, started);
    return started;
  }

  return {
    token,
    forget(refused) {
      if (given.has(refused)) startOver();
    },
  };
}

function authOf(credential: unknown, { settings, place, now }: SignInOptions): Configuration['auth'] {
  const parsed = credentialShape.safeParse(credential);
  if (!parsed.success || parsed.data.signIn !== settings.signIn) {
    throw invalid(
      'credential',
      'The stored credential does not fit this connection.',
      'Enter the secret or certificate again.',
    );
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,253}$/.test(settings.tenantId))
    throw invalid(
      'tenant-id',
      'The tenant ID is not a GUID or domain name.',
      'Copy it from Microsoft Entra ID > Overview.',
    );
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(settings.clientId))
    throw invalid(
      'client-id',
      'The client ID is not a GUID.',
      "Copy the Application (client) ID from the app registration's Overview.",
    );
  const base = {
    clientId: settings.clientId,
    authority: `${place.authority.origin}/${settings.tenantId}`,
    ...(settings.cloud === 'custom' ? { knownAuthorities: [place.authority.host] } : {}),
  };
  if (parsed.data.signIn === 'secret') return { ...base, clientSecret: parsed.data.clientSecret };
  return { ...base, clientCertificate: certificateOf(parsed.data.pem, now()) };
}

/** The certificate and key of a PEM text, as MSAL wants them: SHA-256 thumbprint in hex, key in PKCS#8. */
function certificateOf(pem: string, now: number): { thumbprintSha256: string; privateKey: string } {
  const fix = 'Paste one PEM file with the certificate and its unencrypted RSA private key.';
  const key = keyIn(pem);
  if (!key) throw invalid('certificate-key', 'The PEM holds no readable private key without a passphrase.', fix);
  // Entra takes client assertions signed with RSA only.
  if (key.asymmetricKeyType !== 'rsa') throw invalid('certificate-key', "The certificate's key is not RSA.", fix);
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  const leaf = blocks.map(certificateIn).find((certificate) => certificate?.checkPrivateKey(key));
  if (!leaf)
    throw invalid('certificate-mismatch', 'The PEM holds no certificate that belongs to its private key.', fix);
  if (Date.parse(leaf.validTo) <= now) {
    throw new Failure({
      kind: 'auth',
      code: 'certificate-expired',
      sentence: `The sign-in certificate expired on ${new Date(leaf.validTo).toISOString().slice(0, 10)}.`,
      fix: 'Make a new certificate, upload it to the app registration, and enter it here.',
    });
  }
  return {
    thumbprintSha256: createHash('sha256').update(leaf.raw).digest('hex'),
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function keyIn(pem: string): KeyObject | undefined {
  const block = pem.match(/-----BEGIN ([A-Z ]*)PRIVATE KEY-----[\s\S]*?-----END \1PRIVATE KEY-----/)?.[0];
  if (!block) return undefined;
  try {
    return createPrivateKey(block);
  } catch {
    // Encrypted or damaged. The parser's text is not kept: it may quote the key.
    return undefined;
  }
}

function certificateIn(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    // Not a certificate, so not the one that is looked for.
    return undefined;
  }
}

/** Carries a Failure through MSAL, which passes on errors of its own family and makes one and the same of all others. */
function throughMsal(failure: Failure): AuthError {
  const error = new AuthError(failure.detail.code, '', failure.detail.sentence);
  error.cause = failure;
  return error;
}

/**
 * MSAL's network, over this connection's own. A refusal is thrown here, before MSAL sees it: MSAL would refuse by itself
 * for a minute after a 429 or 5xx, and when to try again is the engine's decision alone.
 */
function networkModule({ settings, place, http, timeoutMs, now }: SignInOptions) {
  const { host } = place.authority;
  // MSAL swallows what goes wrong while it looks up the authority's endpoints.
  let lookupFailure: Failure | undefined;
  // MSAL has no signal to give; each call has its time limit, and whoever waits may stop waiting.
  const { signal } = new AbortController();

  async function send<T>(method: 'GET' | 'POST', url: string, headers: Record<string, string> = {}, body?: string) {
    const response = await callCloud(
      (until) =>
        http(until).sendRequest(
          createPipelineRequest({ url, method, headers: createHttpHeaders(headers), ...(body ? { body } : {}) }),
        ),
      { signal, timeoutMs, host, classify: (error) => classifyNetwork(error, host) },
    );
    const parsed = parseJson(response.bodyAsText);
    const header = (name: string) => response.headers.get(name);
    if (response.status !== 200) throw classifySignIn(response.status, parsed, header, settings, now());
    if (parsed === undefined) throw brokenReply(host);
    return { headers: response.headers.toJSON(), status: response.status, body: parsed as T };
  }

  const module: INetworkModule = {
    async sendGetRequestAsync<T>(url: string, options?: { headers?: Record<string, string> }) {
      lookupFailure = undefined;
      try {
        return await send<T>('GET', url, options?.headers);
      } catch (error) {
        if (error instanceof Failure) lookupFailure = error;
        throw error;
      }
    },
    async sendPostRequestAsync<T>(url: string, options?: { headers?: Record<string, string>; body?: string }) {
      try {
        return await send<T>('POST', url, options?.headers, options?.body);
      } catch (error) {
        throw error instanceof Failure ? throughMsal(error) : error;
      }
    },
  };
  return {
    module,
    reasonFor: (error: unknown) =>
      error instanceof AuthError && error.cause instanceof Failure ? error.cause : lookupFailure,
  };
}
