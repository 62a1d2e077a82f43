import { createHash, generateKeyPair, type KeyObject, randomBytes, randomInt } from 'node:crypto';
import { promisify } from 'node:util';
import type { Project } from './projects.ts';

interface ServiceAccount {
  readonly kind: 'service-account';
  readonly email: string;
  readonly project: Project;
  readonly clientId: string;
  /** The public keys by id. */
  readonly keys: Map<string, KeyObject>;
  enabled: boolean;
}

interface User {
  readonly kind: 'user';
  readonly email: string;
  /** The project that answers for the quota of what they ask for. */
  readonly project: Project;
  readonly clientId: string;
  readonly clientSecretDigest: string;
  readonly refreshTokenDigest: string;
  enabled: boolean;
}

/** Who may sign in. Only public keys and digests are kept: what opens an account is with whom it was made for. */
export type Account = ServiceAccount | User;

const makeKeyPair = promisify(generateKeyPair);

/** The service accounts of all projects, and people who have signed in with the command-line tool. */
export class Accounts {
  private readonly byEmail = new Map<string, Account>();

  addServiceAccount(project: Project, name: string): ServiceAccount {
    const email = `${name}@${project.id}.iam.gserviceaccount.com`;
    if (this.byEmail.has(email)) throw new Error(`there is an account ${email} already`);
    const account: ServiceAccount = {
      kind: 'service-account',
      email,
      project,
      clientId: digits(21),
      keys: new Map(),
      enabled: true,
    };
    this.byEmail.set(email, account);
    return account;
  }

  /** Makes a key and returns the text of the JSON file that Google offers for download, once. */
  async addKey(email: string, tokenUri: string): Promise<string> {
    const account = this.needServiceAccount(email);
    const { privateKey, publicKey } = await makeKeyPair('rsa', { modulusLength: 2048 });
    const keyId = randomBytes(20).toString('hex');
    account.keys.set(keyId, publicKey);
    const file = {
      type: 'service_account',
      project_id: account.project.id,
      private_key_id: keyId,
      private_key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      client_email: email,
      client_id: account.clientId,
      auth_uri: 'https://accounts.google.com/o/oauth2/auth',
      token_uri: tokenUri,
      auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
      client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/${encodeURIComponent(email)}`,
      universe_domain: 'googleapis.com',
    };
    return `${JSON.stringify(file, null, 2)}\n`;
  }

  /** Deletes one key, or all of them. */
  removeKeys(email: string, keyId?: string): void {
    const { keys } = this.needServiceAccount(email);
    if (keyId === undefined) keys.clear();
    else if (!keys.delete(keyId)) throw new Error(`${email} has no key ${keyId}`);
  }

  /** A person; returns the text of the file that `gcloud auth application-default login` leaves behind. */
  addUser(email: string, project: Project): string {
    if (this.byEmail.has(email)) throw new Error(`there is an account ${email} already`);
    const clientId = `${digits(12)}-${randomBytes(16).toString('hex')}.apps.googleusercontent.com`;
    const clientSecret = `GOCSPX-${randomBytes(21).toString('base64url')}`;
    const refreshToken = `1//${randomBytes(72).toString('base64url')}`;
    this.byEmail.set(email, {
      kind: 'user',
      email,
      project,
      clientId,
      clientSecretDigest: digest(clientSecret),
      refreshTokenDigest: digest(refreshToken),
      enabled: true,
    });
    const file = {
      account: '',
      client_id: clientId,
      client_secret: clientSecret,
      quota_project_id: project.id,
      refresh_token: refreshToken,
      type: 'authorized_user',
      universe_domain: 'googleapis.com',
    };
    return `${JSON.stringify(file, null, 2)}\n`;
  }

  /** Disables a service account, or takes back a person's consent: their refresh token is dead. */
  setEnabled(email: string, enabled: boolean): void {
    const account = this.byEmail.get(email);
    if (account === undefined) throw new Error(`no account ${email}`);
    account.enabled = enabled;
  }

  find(email: string): Account | undefined {
    return this.byEmail.get(email);
  }

  findServiceAccount(email: string): ServiceAccount | undefined {
    const account = this.byEmail.get(email);
    return account?.kind === 'service-account' ? account : undefined;
  }

  /** @returns the person by whose consent this application got this refresh token, or what doesn't fit */
  findUser(clientId: string, clientSecret: string, refreshToken: string): User | 'no-client' | 'secret' | 'token' {
    const users = [...this.byEmail.values()].filter((account) => account.kind === 'user');
    const user = users.find((one) => one.clientId === clientId);
    if (user === undefined) return 'no-client';
    if (user.clientSecretDigest !== digest(clientSecret)) return 'secret';
    return user.refreshTokenDigest === digest(refreshToken) ? user : 'token';
  }

  private needServiceAccount(email: string): ServiceAccount {
    const account = this.findServiceAccount(email);
    if (account === undefined) throw new Error(`no service account ${email}`);
    return account;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function digits(length: number): string {
  return Array.from({ length }, (_, index) => (index === 0 ? randomInt(1, 10) : randomInt(10))).join('');
}
