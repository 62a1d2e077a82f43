import { Agent } from 'node:https';
import { CertificateManagerClient } from '@google-cloud/certificate-manager';
import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { AuthClient, JWT, OAuth2Client } from 'google-auth-library';
import { z } from 'zod';
import type { IssuedCertificate } from '../kernel/certificate-chain.ts';
import { createAuthority } from '../kernel/certificates.ts';
import { createDesk, type DeskControl } from '../kernel/desk.ts';
import { createGcp, type Gcp, type ServiceAccountKey } from './index.ts';
import { cloudPlatform } from './tokens.ts';

/** A stand-in Google Cloud with a desk of its own and one project, and official clients for it. */
export interface Testbed {
  readonly gcp: Gcp;
  readonly desk: DeskControl;
  readonly caPem: string;
  readonly projectNumber: string;
  /** A service account that may do everything in Secret Manager and Certificate Manager. */
  readonly admin: ServiceAccountKey;
  /** Makes a service account with these permissions on the project. */
  account(permissions: readonly string[]): Promise<ServiceAccountKey>;
  /** A client that doesn't retry. It uses JWTs that the account signs itself. */
  secretManager(credentials?: ServiceAccountKey | AuthClient): SecretManagerServiceClient;
  certificateManager(credentials?: ServiceAccountKey | AuthClient): CertificateManagerClient;
  /** Makes any of Google's auth clients trust the stand-in's authority and reach its token endpoint. */
  trusting<Client extends AuthClient>(client: Client): Client;
  /** A token got by exchange, and an auth client that holds nothing else. */
  holding(accessToken: string): AuthClient;
  close(): Promise<void>;
}

export const projectId = 'contoso-prod';

const keyFile = z.object({ client_email: z.string(), private_key: z.string(), private_key_id: z.string() });

/** The JWT client for a key file. */
export function jwtOf(key: string): JWT {
  const { client_email: email, private_key, private_key_id: keyId } = keyFile.parse(JSON.parse(key));
  return new JWT({ email, key: private_key, keyId, scopes: [cloudPlatform] });
}

export async function startTestbed(): Promise<Testbed> {
  const desk = createDesk();
  const authority = await createAuthority();
  const gcp = await createGcp({ desk, tls: await authority.issueForLoopback(), port: 0 });
  const projectNumber = gcp.addProject(projectId);
  const admin = await gcp.addServiceAccount(projectId, 'admin');
  gcp.grant(admin.email, 'roles/secretmanager.admin', projectId);
  gcp.grant(admin.email, 'roles/certificatemanager.owner', projectId);
  const agent = new Agent({ ca: authority.certPem, keepAlive: true });
  let accounts = 0;

  // Google's clients bring an agent of their own with every request, so that only an interceptor can name an authority;
  // and the JWT client knows only Google's own token endpoint.
  function trusting<Client extends AuthClient>(client: Client): Client {
    client.transporter.interceptors.request.add({
      async resolved(config) {
        config.agent = agent;
        if (config.url.href === 'https://oauth2.googleapis.com/token') config.url = new URL(gcp.tokenUri);
        return config;
      },
    });
    return client;
  }
  function options(credentials: ServiceAccountKey | AuthClient) {
    const authClient = credentials instanceof AuthClient ? credentials : trusting(jwtOf(credentials.keyFile));
    const { hostname, port } = new URL(gcp.url);
    return { fallback: true, protocol: 'https', apiEndpoint: hostname, port: Number(port), authClient };
  }

  return {
    gcp,
    desk,
    caPem: authority.certPem,
    projectNumber,
    admin,
    async account(permissions) {
      const made = await gcp.addServiceAccount(projectId, `account-${++accounts}`);
      gcp.grant(made.email, permissions, projectId);
      return made;
    },
    secretManager: (credentials = admin) => new SecretManagerServiceClient(options(credentials)),
    certificateManager: (credentials = admin) => new CertificateManagerClient(options(credentials)),
    trusting,
    holding(accessToken) {
      const client = new OAuth2Client();
      client.setCredentials({ access_token: accessToken });
      return trusting(client);
    },
    async close() {
      agent.destroy();
      await gcp.close();
    },
  };
}

/** What goes into an upload: the chain with the leaf first and without the root, and the key. */
export function selfManaged({ privateKey, leaf, intermediate }: IssuedCertificate) {
  return {
    pemCertificate: [leaf, intermediate].join(''),
    pemPrivateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

const errorBody = z.object({
  error: z.object({
    message: z.string(),
    status: z.string(),
    details: z.array(z.looseObject({ reason: z.string().optional() })).optional(),
  }),
});

interface Failure {
  /** The HTTP status. */
  readonly http: number;
  readonly status: string;
  readonly message: string;
  readonly reason?: string;
}

/** The error that an API call fails with. Fails if the call succeeds, or fails otherwise. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const { message, status, details = [] } = errorBody.parse(JSON.parse(error.message)).error;
    const reason = details.find((detail) => detail.reason !== undefined)?.reason;
    return { http: Number(error.code), status, message, ...(reason === undefined ? {} : { reason }) };
  }
  throw new Error('the call succeeded');
}

/** What a list holds, page after page. @param list a client's call with `autoPaginate: false` */
export async function everyPage<Item>(
  list: (
    pageToken: string,
  ) => Promise<readonly [Item[], unknown, { nextPageToken?: string | null } | null, ...unknown[]]>,
): Promise<Item[]> {
  const all: Item[] = [];
  let pageToken = '';
  do {
    const [items, , answer] = await list(pageToken);
    all.push(...items);
    pageToken = answer?.nextPageToken ?? '';
  } while (pageToken !== '');
  return all;
}
