import { randomUUID } from 'node:crypto';
import { createSelfSigned } from '../kernel/certificates.ts';
import { type Listener, listen, type TlsIdentity } from '../kernel/server.ts';
import type { Desk } from '../kernel/types.ts';
import { createTokenIssuer } from './access-token.ts';
import { createArm, type Subscription, type VaultAtUrl } from './arm.ts';
import { type App, type AppRegistration, azureCliId, Directory, type Tenant, type User } from './directory.ts';
import { createEntra } from './entra.ts';
import { createKeyVault } from './key-vault.ts';
import { RoleAssignments, type RoleName } from './roles.ts';
import { type PendingSignIn, SignIns } from './sign-ins.ts';
import { Vault } from './vault.ts';

interface AzureOptions {
  readonly desk: Desk;
  readonly tls: TlsIdentity;
  /** The port of the next listener, 0 for a free one: sign-in, Resource Manager, then one for each vault. */
  readonly nextPort: () => number;
}

interface AppOptions extends AppRegistration {
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

/** A person who may sign in, once an app lets them. */
interface UserAccount {
  readonly tenantId: string;
  /** What the person signs in by. */
  readonly userName: string;
  readonly objectId: string;
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
  /** A user without a role on anything; `name` stands before the domain in the user name. */
  addUser(name: string, tenantId?: string): UserAccount;
  setUserEnabled(userName: string, enabled: boolean): void;
  /** Ends every sign-in of a user up to now, as a change of password does: refresh tokens are refused. */
  revokeSignIns(userName: string): void;
  /** Sign-ins in a browser or with a device code that nobody has answered yet. */
  pendingSignIns(): readonly PendingSignIn[];
  /** Answers in place of a person; the id of a device sign-in is the code that the device shows. */
  approveSignIn(id: string, userName: string): void;
  denySignIn(id: string): void;
  /** How often a device may ask whether it is signed in. Default 5, as Entra says. */
  setDevicePollInterval(seconds: number): void;
  /** What `az login` leaves behind for a user: a refresh token of the Azure CLI's. */
  signInToCli(userName: string): string;
  addSubscription(displayName: string, tenantId?: string): Subscription;
  /** Starts a vault on a port of its own. */
  addVault(name: string, options?: VaultOptions): Promise<Vault>;
  vault(name: string): Vault;
  vaultUrl(name: string): string;
  /** Takes a vault off the network and out of Resource Manager. */
  removeVault(name: string): Promise<void>;
  /** `principal` is the client id of an app or the name of a user, `scope` a subscription id or the name of a vault. */
  grant(principal: string, role: RoleName, scope: string): void;
  revoke(principal: string, scope: string, role?: RoleName): void;
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
  const signIns = new SignIns(desk.now);
  const resources = new Set(['https://vault.azure.net', ...armNames]);
  const subscriptions: Subscription[] = [];
  const vaults = new Map<string, VaultAtUrl & Pick<Listener, 'close'>>();
  let armPageSize = 100;

  const entra = await listen(createEntra({ desk, directory, tokens, signIns, resources }), tls, {
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
  function needUser(userName: string): { readonly user: User; readonly tenant: Tenant } {
    return directory.findUser(userName) ?? notThere(`user ${userName}`);
  }
  function needSignIn(id: string) {
    const signIn = signIns.find(id);
    return signIn === undefined || signIn.answer !== undefined ? notThere(`pending sign-in ${id}`) : signIn;
  }
  function principalId(principal: string): string {
    return (directory.findUser(principal)?.user ?? needApp(principal)).objectId;
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
    addTenantApp({ name = 'certifyclouds-sync', tenantId = tenant.id, ...registration } = {}) {
      const home = directory.findTenant(tenantId) ?? notThere(`tenant ${tenantId}`);
      const app = directory.addApp(home, name, registration);
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
    addUser(name, tenantId = tenant.id) {
      const home = directory.findTenant(tenantId) ?? notThere(`tenant ${tenantId}`);
      const { userName, objectId } = directory.addUser(home, name);
      return { tenantId: home.id, userName, objectId };
    },
    setUserEnabled(userName, enabled) {
      needUser(userName).user.enabled = enabled;
    },
    revokeSignIns(userName) {
      needUser(userName).user.signInsValidFrom = desk.now() + 1;
    },
    pendingSignIns: () => signIns.pending(),
    approveSignIn(id, userName) {
      const signIn = needSignIn(id);
      signIn.answer = signIn.tenant.users.get(userName.toLowerCase()) ?? notThere(`user ${userName} in that tenant`);
    },
    denySignIn(id) {
      needSignIn(id).answer = 'denied';
    },
    setDevicePollInterval(seconds) {
      signIns.pollInterval = seconds;
    },
    signInToCli(userName) {
      const { user, tenant: home } = needUser(userName);
      const app = home.apps.get(azureCliId) ?? notThere('Azure CLI');
      const [audience = ''] = armNames;
      const scope = { audience, idToken: true, refreshToken: true };
      return signIns.issueRefreshToken({ tenant: home, app, scope, user, signedInAt: desk.now(), isPublic: true });
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
    grant: (principal, role, scope) => roles.grant(principalId(principal), role, scopeId(scope)),
    revoke: (principal, scope, role) => roles.revoke(principalId(principal), scopeId(scope), role),
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
