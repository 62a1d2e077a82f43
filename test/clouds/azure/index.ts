import { randomUUID } from 'node:crypto';
import { createSelfSigned } from '../kernel/certificates.ts';
import { type Listener, listen, type TlsIdentity } from '../kernel/server.ts';
import type { Desk } from '../kernel/types.ts';
import { createTokenIssuer } from './access-token.ts';
import { createArm, type Subscription, type VaultAtUrl } from './arm.ts';
import { type App, Directory, type Tenant } from './directory.ts';
import { createEntra } from './entra.ts';
import { createKeyVault } from './key-vault.ts';
import { RoleAssignments, type RoleName } from './roles.ts';
import { Vault } from './vault.ts';

interface AzureOptions {
  readonly desk: Desk;
  readonly tls: TlsIdentity;
  /** The port of the next listener, 0 for a free one: sign-in, Resource Manager, then one for each vault. */
  readonly nextPort: () => number;
}

interface AppOptions {
  readonly name?: string;
  /** Default: the tenant made at start. */
  readonly tenantId?: string;
}

interface VaultOptions {
  /** Default: the subscription made at start. */
  readonly subscriptionId?: string;
  readonly resourceGroup?: string;
  readonly location?: string;
}

/** What a person is handed to sign in as an app. */
export interface AppCredentials {
  readonly tenantId: string;
  readonly clientId: string;
  readonly objectId: string;
  readonly clientSecret: string;
}

/** The stand-in Azure: one tenant and one subscription at start, more on request. */
export interface Azure {
  /** The authority host, `https://localhost:PORT`: tenants follow as a path. */
  readonly loginUrl: string;
  readonly armUrl: string;
  readonly tenant: Tenant;
  readonly subscription: Subscription;
  addTenant(domain: string): Tenant;
  /** An app with one client secret and no role on anything. */
  addTenantApp(options?: AppOptions): AppCredentials;
  /** A further client secret; with negative `days` one that has expired. */
  addAppSecret(clientId: string, days?: number): string;
  /** Makes a certificate, registers its public part with the app, and returns both parts; negative `days`: expired. */
  addAppCertificate(clientId: string, days?: number): Promise<TlsIdentity>;
  removeAppSecrets(clientId: string): void;
  addSubscription(displayName: string, tenantId?: string): Subscription;
  /** Starts a vault on a port of its own. */
  addVault(name: string, options?: VaultOptions): Promise<Vault>;
  vault(name: string): Vault;
  vaultUrl(name: string): string;
  /** Takes a vault off the network and out of Resource Manager. */
  removeVault(name: string): Promise<void>;
  /** `scope` is a subscription id or the name of a vault. */
  grant(clientId: string, role: RoleName, scope: string): void;
  revoke(clientId: string, scope: string, role?: RoleName): void;
  /** How many items Resource Manager puts on a page. Default 100. */
  setArmPageSize(size: number): void;
  close(): Promise<void>;
}

/** The names by which Resource Manager goes, beside the URL of the stand-in. */
const armNames = ['https://management.core.windows.net', 'https://management.azure.com'];

export async function createAzure({ desk, tls, nextPort }: AzureOptions): Promise<Azure> {
  const directory = new Directory(desk.now);
  const roles = new RoleAssignments();
  const tokens = await createTokenIssuer(desk.now);
  const resources = new Set(['https://vault.azure.net', ...armNames]);
  const subscriptions: Subscription[] = [];
  const vaults = new Map<string, VaultAtUrl & Pick<Listener, 'close'>>();
  let armPageSize = 100;

  const entra = await listen(createEntra({ desk, directory, tokens, resources }), tls, {
    port: nextPort(),
    now: desk.now,
  });
  const loginUrl = entra.url;
  const audiences: string[] = [];
  const arm = await listen(
    createArm({
      desk,
      tokens,
      roles,
      loginUrl,
      audiences,
      subscriptions: () => subscriptions,
      vaults: () => [...vaults.values()],
      pageSize: () => armPageSize,
    }),
    tls,
    { port: nextPort(), now: desk.now },
  );
  // A client with a custom endpoint asks for a token for that endpoint, as on Azure Stack: it is an audience as well.
  resources.add(arm.url);
  audiences.push(...[...armNames, arm.url].flatMap((name) => [`${name}/`, name]));

  function addSubscription(displayName: string, tenantId: string): Subscription {
    const subscription = { id: randomUUID(), tenantId, displayName };
    subscriptions.push(subscription);
    return subscription;
  }
  const tenant = directory.addTenant('contoso.onmicrosoft.com');
  const subscription = addSubscription('Contoso Production', tenant.id);

  function needApp(clientId: string): App {
    return directory.findApp(clientId) ?? notThere(`app ${clientId}`);
  }
  function needVault(name: string) {
    return vaults.get(name.toLowerCase()) ?? notThere(`vault ${name}`);
  }
  function scopeId(scope: string): string {
    const found = subscriptions.find(({ id }) => id === scope);
    return found === undefined ? needVault(scope).vault.resourceId : `/subscriptions/${found.id}`;
  }

  return {
    loginUrl,
    armUrl: arm.url,
    tenant,
    subscription,
    addTenant: (domain) => directory.addTenant(domain),
    addTenantApp({ name = 'certifyclouds-sync', tenantId = tenant.id } = {}) {
      const home = directory.findTenant(tenantId) ?? notThere(`tenant ${tenantId}`);
      const app = directory.addApp(home, name);
      const { clientId, objectId } = app;
      return { tenantId: home.id, clientId, objectId, clientSecret: directory.addSecret(app) };
    },
    addAppSecret: (clientId, days) => directory.addSecret(needApp(clientId), days),
    async addAppCertificate(clientId, days = 90) {
      const app = needApp(clientId);
      const identity = await createSelfSigned(app.name, days);
      app.certificates.push(identity.cert);
      return identity;
    },
    removeAppSecrets(clientId) {
      needApp(clientId).secrets.length = 0;
    },
    addSubscription: (displayName, tenantId = tenant.id) => addSubscription(displayName, tenantId),
    async addVault(name, options = {}) {
      if (vaults.has(name.toLowerCase())) throw new Error(`there is a vault ${name} already`);
      const { subscriptionId = subscription.id, resourceGroup = 'rg-security', location = 'westeurope' } = options;
      const { tenantId } =
        subscriptions.find(({ id }) => id === subscriptionId) ?? notThere(`subscription ${subscriptionId}`);
      const vault = new Vault({ name, tenantId, subscriptionId, resourceGroup, location }, desk.now);
      const handler = createKeyVault({ desk, tokens, roles, loginUrl }, vault, () => needVault(name).url);
      const { url, close } = await listen(handler, tls, { port: nextPort(), now: desk.now });
      vaults.set(name.toLowerCase(), { vault, url, close });
      return vault;
    },
    vault: (name) => needVault(name).vault,
    vaultUrl: (name) => needVault(name).url,
    async removeVault(name) {
      const { close } = needVault(name);
      vaults.delete(name.toLowerCase());
      await close();
    },
    grant: (clientId, role, scope) => roles.grant(needApp(clientId).clientId, role, scopeId(scope)),
    revoke: (clientId, scope, role) => roles.revoke(clientId, scopeId(scope), role),
    setArmPageSize(size) {
      armPageSize = size;
    },
    async close() {
      await Promise.all([entra, arm, ...vaults.values()].map((listener) => listener.close()));
    },
  };
}

function notThere(what: string): never {
  throw new Error(`the stand-in Azure has no ${what}`);
}
