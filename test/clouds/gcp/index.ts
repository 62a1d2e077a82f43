import { createDesk } from '../kernel/desk.ts';
import { type Listener, listen, type TlsIdentity } from '../kernel/server.ts';
import type { CloudReply, CloudRequest, Desk } from '../kernel/types.ts';
import { Accounts } from './accounts.ts';
import { type ApiWorld, answerApi, meterResource, type QuotaKind } from './api.ts';
import { createCertificateManager } from './certificates/certificate-manager.ts';
import { type CertificatesOutside, createCertificatesOutside } from './certificates/outside.ts';
import { CertificateStore } from './certificates/store.ts';
import { createIamCredentials } from './iam-credentials.ts';
import { answerToken } from './oauth.ts';
import { type ApiName, Projects } from './projects.ts';
import { Bindings, type RoleName } from './roles.ts';
import { createSecretsOutside, type SecretsOutside } from './secrets/outside.ts';
import { createSecretManager } from './secrets/secret-manager.ts';
import { SecretStore } from './secrets/store.ts';
import { AccessTokens } from './tokens.ts';

interface GcpOptions {
  readonly desk: Desk;
  readonly tls: TlsIdentity;
  /** The port of the one listener, 0 for a free one. */
  readonly port: number;
}

/** A service account as the one who made it knows it. */
export interface ServiceAccountKey {
  readonly email: string;
  /** The text of the JSON key file. */
  readonly keyFile: string;
}

/** A stand-in Google Cloud: projects, accounts, the APIs at one origin, and what tests may do behind their back. */
export interface Gcp {
  /** The endpoint of the token service and of every API. */
  readonly url: string;
  /** `URL/token`; service accounts' signed JWTs may name it, or Google's own, as their audience. */
  readonly tokenUri: string;
  /** Makes a project in which every API is on. Returns its number. */
  addProject(id: string): string;
  setApiEnabled(project: string, api: ApiName, enabled: boolean): void;
  /** Makes a service account with one key and no role on anything. */
  addServiceAccount(project: string, name: string): Promise<ServiceAccountKey>;
  /** A further key: the text of its file. */
  addKey(email: string): Promise<string>;
  /** Deletes one key by its id, or all of them. */
  removeKeys(email: string, keyId?: string): void;
  /** A person; returns the text of the file with their application default credentials. */
  addUser(email: string, quotaProject: string): string;
  /** Disables a service account, or takes back a person's consent; or the reverse. */
  setAccountEnabled(email: string, enabled: boolean): void;
  /**
   * @param role a predefined role, or the permissions of a custom one
   * @param on a project's id, or the e-mail address of a service account to act as
   */
  grant(email: string, role: RoleName | readonly string[], on: string): void;
  /** Takes away one role, or all that the account has on exactly this. */
  revoke(email: string, on: string, role?: RoleName): void;
  /** How many requests of a kind, or of all kinds together, a project may send an API per minute. */
  setQuota(project: string, api: ApiName, kind: QuotaKind | 'all', limit: number): void;
  /** The limits that Google publishes, for a project. They don't hold unless asked for. */
  setPublishedQuotas(project: string): void;
  clearQuotas(): void;
  readonly secrets: SecretsOutside;
  readonly certificates: CertificatesOutside;
  close(): Promise<void>;
}

export async function createGcp({ desk, tls, port }: GcpOptions): Promise<Gcp> {
  const projects = new Projects();
  const accounts = new Accounts();
  const bindings = new Bindings();
  const tokens = new AccessTokens(accounts, desk.now);
  const secrets = new SecretStore();
  const certificates = new CertificateStore();
  const world: ApiWorld = { desk, projects, bindings, tokens, meter: createDesk({ now: desk.now }) };
  const apis = [
    createSecretManager(secrets),
    createCertificateManager(certificates),
    createIamCredentials(accounts, bindings, tokens),
  ];

  async function answer(request: CloudRequest): Promise<CloudReply> {
    if (request.method === 'POST' && request.url.pathname === '/token') {
      return answerToken(request, { desk, accounts, tokens });
    }
    return (await answerApi(request, apis, world)) ?? notFoundPage(request);
  }

  const listener: Listener = await listen(answer, tls, { port, now: desk.now });
  const tokenUri = `${listener.url}/token`;

  function setQuota(project: string, api: ApiName, kind: QuotaKind | 'all', limit: number): void {
    const name = kind === 'all' ? {} : { name: kind };
    const resource = meterResource(api, projects.need(project).id);
    world.meter.setQuota({ cloud: 'gcp', ...name, resource, limit, perSeconds: 60 });
  }

  return {
    url: listener.url,
    tokenUri,
    addProject: (id) => projects.add(id).number,
    setApiEnabled(project, api, enabled) {
      const { enabledApis } = projects.need(project);
      if (enabled) enabledApis.add(api);
      else enabledApis.delete(api);
    },
    async addServiceAccount(project, name) {
      const { email } = accounts.addServiceAccount(projects.need(project), name);
      return { email, keyFile: await accounts.addKey(email, tokenUri) };
    },
    addKey: (email) => accounts.addKey(email, tokenUri),
    removeKeys: (email, keyId) => accounts.removeKeys(email, keyId),
    addUser: (email, quotaProject) => accounts.addUser(email, projects.need(quotaProject)),
    setAccountEnabled: (email, enabled) => accounts.setEnabled(email, enabled),
    grant(email, role, on) {
      if (accounts.find(email) === undefined) throw new Error(`the stand-in GCP has no account ${email}`);
      bindings.grant(email, role, accounts.find(on)?.email ?? projects.need(on).id);
    },
    revoke: (email, on, role) => bindings.revoke(email, on, role),
    setQuota,
    setPublishedQuotas(project) {
      // https://cloud.google.com/secret-manager/quotas , https://cloud.google.com/certificate-manager/docs/quotas
      setQuota(project, 'secretmanager.googleapis.com', 'access', 90_000);
      setQuota(project, 'secretmanager.googleapis.com', 'read', 600);
      setQuota(project, 'secretmanager.googleapis.com', 'write', 600);
      setQuota(project, 'certificatemanager.googleapis.com', 'all', 300);
      setQuota(project, 'certificatemanager.googleapis.com', 'read', 300);
      setQuota(project, 'certificatemanager.googleapis.com', 'write', 300);
    },
    clearQuotas: () => world.meter.clearQuotas(),
    secrets: createSecretsOutside(secrets, projects, desk.now),
    certificates: createCertificatesOutside(certificates, projects, desk.now),
    close: () => listener.close(),
  };
}

/** What Google's front end says of a path that no API has. */
function notFoundPage({ url }: CloudRequest): CloudReply {
  return {
    status: 404,
    headers: { 'content-type': 'text/html; charset=UTF-8' },
    body:
      '<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n' +
      `<p>The requested URL <code>${escapeHtml(url.pathname)}</code> was not found on this server.\n`,
  };
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
