import { randomBytes, randomUUID } from 'node:crypto';

/** An application (and its service principal) that may sign in to its tenant. */
export interface App {
  readonly name: string;
  readonly clientId: string;
  readonly objectId: string;
  readonly secrets: { readonly value: string; readonly expiresAt: number }[];
  /** Public certificates in PEM, as uploaded to the app registration. */
  readonly certificates: string[];
}

export interface Tenant {
  readonly id: string;
  readonly domain: string;
  readonly apps: Map<string, App>;
}

const day = 24 * 60 * 60 * 1000;

/** The tenants of the stand-in Entra ID and who may sign in to them. */
export class Directory {
  private readonly tenants: Tenant[] = [];
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  addTenant(domain: string): Tenant {
    const tenant: Tenant = { id: randomUUID(), domain, apps: new Map() };
    this.tenants.push(tenant);
    return tenant;
  }

  /** The tenant of this id or domain, in any case. */
  findTenant(idOrDomain: string): Tenant | undefined {
    const wanted = idOrDomain.toLowerCase();
    return this.tenants.find(({ id, domain }) => id === wanted || domain === wanted);
  }

  addApp(tenant: Tenant, name: string): App {
    const app: App = { name, clientId: randomUUID(), objectId: randomUUID(), secrets: [], certificates: [] };
    tenant.apps.set(app.clientId, app);
    return app;
  }

  findApp(clientId: string): App | undefined {
    for (const tenant of this.tenants) {
      const app = tenant.apps.get(clientId.toLowerCase());
      if (app !== undefined) return app;
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
