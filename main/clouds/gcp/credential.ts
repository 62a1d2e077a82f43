import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type AuthClient, IdentityPoolClient, Impersonated, JWT, UserRefreshClient } from 'google-auth-library';
import { z } from 'zod';
import type { GcpSettings } from '../../domain/connection.ts';
import { Failure, invalid } from '../../domain/failure.ts';
import { parseJson } from './http.ts';

/** What every client of Google's auth library is made with, so that it talks to nobody but through us. */
type ClientBase = NonNullable<ConstructorParameters<typeof Impersonated>[0]>;

/** Proof of who we are, before the first token. */
export interface Proof {
  /** E.g. `the key of sync@p1.iam.gserviceaccount.com`. */
  readonly what: string;
  /** What to do to get a new one. */
  readonly renew: string;
  /** A service account that the proof itself says to go on as. */
  readonly impersonate?: string;
  /** A client without a token yet. */
  client(base: ClientBase): AuthClient;
}

const scopes = ['https://www.googleapis.com/auth/cloud-platform'];
/** Google's token endpoint, and as files before 2018 name it. The one asked is always the first. */
const tokenUris = ['https://oauth2.googleapis.com/token', 'https://accounts.google.com/o/oauth2/token'];

const credentialShape = z.strictObject({ serviceAccountKey: z.string().min(1).max(65_536) });
const universe = z.literal('googleapis.com').optional();
const email = z.string().regex(/^[^@\s]{1,128}@[a-z0-9.-]{1,253}$/);
const text = z.string().min(1);
const keyFile = z.object({
  type: z.literal('service_account'),
  project_id: z.string().regex(/^[a-z0-9.:-]{1,128}$/),
  private_key_id: text,
  private_key: text,
  client_email: email,
  token_uri: z.string().optional(),
  universe_domain: universe,
});
type KeyFile = z.infer<typeof keyFile>;

/**
 * A stored service-account key, checked against the connection.
 * @param credential not trusted to be one until parsed
 * @throws Failure `invalid`, whose sentence never holds any of the key
 */
export function keyProof(credential: unknown, { projectId, endpoint }: GcpSettings): Proof {
  const stored = credentialShape.safeParse(credential);
  if (!stored.success)
    throw invalid(
      'credential',
      'The stored credential is not a service account key.',
      'Upload the JSON key file again.',
    );
  const key = serviceAccountIn(parseJson(stored.data.serviceAccountKey));
  if (key.project_id !== projectId) {
    throw invalid(
      'gcp-key-project',
      `The key belongs to the project ${key.project_id}, this connection is for ${projectId}.`,
      `Upload a key of a service account in ${projectId}, or change the project id of this connection.`,
    );
  }
  if (!endpoint && key.token_uri !== undefined && !tokenUris.includes(key.token_uri)) {
    throw invalid(
      'gcp-key-token-uri',
      "The key file says to sign in at another server than Google's.",
      'Upload the file as Google offered it. For a private endpoint, set it in this connection.',
    );
  }
  return proofOf(key, `Make a new key for ${key.client_email} in the Google Cloud console and upload it here.`);
}

/** What is wrong with a key file is told apart as far as it helps: most mix-ups are a file of another kind. */
function serviceAccountIn(file: unknown): KeyFile {
  const fix = 'Upload the JSON key file of a service account: IAM & Admin > Service accounts > Keys > Add key > JSON.';
  const type = z.object({ type: z.string() }).safeParse(file).data?.type;
  if (type !== 'service_account') {
    const known = type !== undefined && /^[a-z_]{1,40}$/.test(type) ? `: it says it is of type ${type}` : '';
    throw invalid('gcp-key-type', `The file is not the key of a service account${known}.`, fix);
  }
  const { universe_domain } = z.object({ universe_domain: z.unknown().optional() }).parse(file);
  if (!universe.safeParse(universe_domain).success)
    throw invalid('gcp-key-universe', "The key is for another cloud than Google's public one (universe_domain).", fix);
  const parsed = keyFile.safeParse(file);
  if (!parsed.success) {
    const fields = [...new Set(parsed.error.issues.map(({ path }) => String(path[0])))].join(', ');
    throw invalid('gcp-key-incomplete', `The key file is incomplete or damaged (${fields}).`, fix);
  }
  if (!isPrivateKey(parsed.data.private_key))
    throw invalid('gcp-key-unreadable', 'The private key in the key file cannot be read.', fix);
  return parsed.data;
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    // Damaged. The parser's text is not kept: it may quote the key.
    return false;
  }
}

function proofOf({ client_email, private_key, private_key_id }: KeyFile, renew: string): Proof {
  return {
    what: `the key of ${client_email}`,
    renew,
    client: (base) => new JWT({ ...base, email: client_email, key: private_key, keyId: private_key_id, scopes }),
  };
}

const login = 'gcloud auth application-default login';
const userFile = z.object({
  type: z.literal('authorized_user'),
  client_id: text,
  client_secret: text,
  refresh_token: text,
  quota_project_id: text.optional(),
  universe_domain: universe,
});
const lendingUrl = z.string().regex(/\/serviceAccounts\/[^/@:]+@[^/@:]+:generateAccessToken$/);
const impersonatedFile = z.object({
  type: z.literal('impersonated_service_account'),
  service_account_impersonation_url: lendingUrl,
  delegates: z.array(text).default([]),
  source_credentials: z.unknown(),
  universe_domain: universe,
});
const workloadFile = z.object({
  type: z.literal('external_account'),
  audience: text,
  subject_token_type: text,
  token_url: text,
  service_account_impersonation_url: lendingUrl.optional(),
  credential_source: z.strictObject({
    file: text,
    format: z
      .discriminatedUnion('type', [
        z.object({ type: z.literal('text') }),
        z.object({ type: z.literal('json'), subject_token_field_name: text }),
      ])
      .default({ type: 'text' }),
  }),
  universe_domain: universe,
});

/**
 * The application default credentials of this computer, looked up where Google's own tools look: the file named by
 * GOOGLE_APPLICATION_CREDENTIALS, or what `gcloud auth application-default login` left. A metadata server is never asked:
 * only a machine inside Google Cloud has one, and its address is one that this app talks to under no name.
 * https://cloud.google.com/docs/authentication/application-default-credentials
 * @param projectId that a person's login is billed to where its file names none
 * @throws Failure `auth` if there are none, `invalid` if they are of a kind that is not used here
 */
export async function defaultProof(projectId: string): Promise<Proof> {
  const named = process.env['GOOGLE_APPLICATION_CREDENTIALS'];
  const path = named || wellKnownPath();
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    throw new Failure(
      {
        kind: 'auth',
        code: 'gcp-adc-missing',
        sentence: named
          ? 'The file that GOOGLE_APPLICATION_CREDENTIALS names cannot be read.'
          : 'This computer has no application default credentials of Google Cloud.',
        fix: named
          ? 'Set GOOGLE_APPLICATION_CREDENTIALS to a readable file, or unset it, and start this app again.'
          : `Sign in with ${login}, or use a service account key in this connection.`,
      },
      error,
    );
  }
  return proofIn(parseJson(content), projectId);
}

function wellKnownPath(): string {
  const folder = process.platform === 'win32' ? (process.env['APPDATA'] ?? homedir()) : join(homedir(), '.config');
  return join(folder, 'gcloud', 'application_default_credentials.json');
}

function proofIn(file: unknown, projectId: string): Proof {
  const type = z.object({ type: z.string() }).safeParse(file).data?.type;
  if (type === 'service_account')
    return proofOf(serviceAccountIn(file), 'Put a new key in the place of the file, or sign in with another account.');
  if (type === 'authorized_user') return userProof(read(userFile, file), projectId);
  if (type === 'impersonated_service_account') {
    const lent = read(impersonatedFile, file);
    const source = proofIn(lent.source_credentials, projectId);
    const target = lentAccount(lent.service_account_impersonation_url);
    const { delegates } = lent;
    return {
      ...source,
      impersonate: target,
      client: (base) => impersonated(base, source.client(base), target, delegates),
    };
  }
  if (type === 'external_account') return workloadProof(read(workloadFile, file));
  throw invalid(
    'gcp-adc-type',
    "This computer's application default credentials are of a kind that is not used here.",
    `Sign in with ${login}, or use a service account key in this connection.`,
  );
}

function userProof(file: z.infer<typeof userFile>, projectId: string): Proof {
  return {
    what: "this computer's Google Cloud login",
    renew: `Sign in again: ${login}`,
    client: (base) =>
      new UserRefreshClient({
        ...base,
        clientId: file.client_id,
        clientSecret: file.client_secret,
        refreshToken: file.refresh_token,
        // Without a project to bill, the APIs refuse a person.
        quotaProjectId: file.quota_project_id ?? projectId,
      }),
  };
}

/** The library's own, whose exchange of tokens would otherwise go past the transport it was given. */
class WorkloadClient extends IdentityPoolClient {
  constructor(options: ConstructorParameters<typeof IdentityPoolClient>[0]) {
    super(options);
    Object.assign(this.stsCredential, { transporter: this.transporter });
  }
}

/** A workload identity whose own token is in a file. Other sources would be asked over HTTP, at any address. */
function workloadProof(file: z.infer<typeof workloadFile>): Proof {
  const { audience, subject_token_type, token_url, credential_source } = file;
  const { service_account_impersonation_url: url } = file;
  return {
    what: "this computer's workload identity",
    renew: 'Renew the token of the workload identity, or use a service account key in this connection.',
    ...(url ? { impersonate: lentAccount(url) } : {}),
    client: (base) =>
      new WorkloadClient({
        ...base,
        type: 'external_account',
        audience,
        subject_token_type,
        token_url,
        credential_source,
        scopes,
        ...(url ? { service_account_impersonation_url: url } : {}),
      }),
  };
}

/** A service account that another account goes on as, for an hour at a time. */
export function impersonated(
  base: ClientBase,
  source: AuthClient,
  target: string,
  delegates: string[] = [],
): AuthClient {
  return new Impersonated({
    ...base,
    sourceClient: source,
    targetPrincipal: target,
    targetScopes: scopes,
    delegates,
    lifetime: 3600,
  });
}

function lentAccount(url: string): string {
  return url.match(/([^/]+):generateAccessToken$/)?.[1] ?? '';
}

function read<T>(shape: z.ZodType<T>, file: unknown): T {
  const parsed = shape.safeParse(file);
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join('.')))].join(', ');
  throw invalid(
    'gcp-adc-unusable',
    `This computer's application default credentials cannot be used here (${fields}).`,
    `Sign in with ${login}, or use a service account key in this connection. Workload identities work with a token in a file.`,
  );
}
