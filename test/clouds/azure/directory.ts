import { randomBytes, randomUUID } from 'node:crypto';

/** Where an app may be answered after a browser sign-in. The port of a loopback address is not compared. */
interface Redirect {
  /** `desktop` is "Mobile and desktop applications", which takes no secret; `web` asks for one. */
  readonly platform: 'desktop' | 'web';
  readonly uri: string;
}

/** An application (and its service principal) that may sign in to its tenant. */
export interface App {
  readonly name: string;
  readonly clientId: string;
  readonly objectId: string;
  readonly secrets: { readonly value: string; readonly expiresAt: number }[];
  /** Public certificates in PEM, as uploaded to the app registration. */
  readonly certificates: string[];
  readonly redirects: readonly Redirect[];
  /** "Allow public client flows", which the device code flow needs. */
  readonly publicFlows: boolean;
}

/** What an app registration says beside secrets; the default allows no user to sign in. */
export type AppRegistration = Partial<Pick<App, 'redirects' | 'publicFlows'>>;

/** A person of the tenant. */
export interface User {
  /** The user principal name, `ann@contoso.onmicrosoft.com`. */
  readonly userName: string;
  readonly displayName: string;
  readonly objectId: string;
  enabled: boolean;
  /** Milliseconds since the epoch: a sign-in before then counts no more. */
  signInsValidFrom: number;
}

export interface Tenant {
  readonly id: string;
  readonly domain: string;
  readonly apps: Map<string, App>;
  /** By user name in lower case. */
  readonly users: Map<string, User>;
}

/** The Azure CLI is an app of Microsoft's that every tenant knows by this id. */
export const azureCliId = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';

const day = 24 * 60 * 60 * 1000;

/** The tenants of the stand-in Entra ID and who may sign in to them. */
export class Directory {
  private readonly tenants: Tenant[] = [];
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  addTenant(domain: string): Tenant {
    const tenant: Tenant = { id: randomUUID(), domain, apps: new Map(), users: new Map() };
    this.tenants.push(tenant);
    const redirects = [{ platform: 'desktop', uri: 'http://localhost' }] as const;
    register(tenant, azureCliId, 'Microsoft Azure CLI', { redirects, publicFlows: true });
    return tenant;
  }

  /** The tenant of this id or domain, in any case. */
  findTenant(idOrDomain: string): Tenant | undefined {
    const wanted = idOrDomain.toLowerCase();
    return this.tenants.find(({ id, domain }) => id === wanted || domain === wanted);
  }

  addApp(tenant: Tenant, name: string, registration: AppRegistration = {}): App {
    return register(tenant, randomUUID(), name, registration);
  }

  /** Not the apps of Microsoft's that are in every tenant. */
  findApp(clientId: string): App | undefined {
    if (clientId.toLowerCase() === azureCliId) return undefined;
    for (const tenant of this.tenants) {
      const app = tenant.apps.get(clientId.toLowerCase());
      if (app !== undefined) return app;
    }
    return undefined;
  }

  /** `name` is what stands before the domain in the user name. */
  addUser(tenant: Tenant, name: string): User {
    const user: User = {
      userName: `${name.toLowerCase()}@${tenant.domain}`,
      displayName: name,
      objectId: randomUUID(),
      enabled: true,
      signInsValidFrom: 0,
    };
    tenant.users.set(user.userName, user);
    return user;
  }

  findUser(userName: string): { readonly user: User; readonly tenant: Tenant } | undefined {
    for (const tenant of this.tenants) {
      const user = tenant.users.get(userName.toLowerCase());
      if (user !== undefined) return { user, tenant };
    }
    return undefined;
  }

  /** Makes a client secret as Entra does; negative `days` make one that has expired already. */
  addSecret(app: App, days = 180): string {
    const value = `${randomBytes(2).toString('hex')}8Q~${randomBytes(24).toString('base64url')}`;
    app.secrets.push({ value, expiresAt: this.now() + days * day });
    return value;
  }
}

function register(tenant: Tenant, clientId: string, name: string, registration: AppRegistration): App {
  const { redirects = [], publicFlows = false } = registration;
  const app: App = { name, clientId, objectId: randomUUID(), secrets: [], certificates: [], redirects, publicFlows };
  tenant.apps.set(clientId, app);
  return app;
}
