/**
 * The predefined roles that matter here, with those of their permissions that the stand-in asks for; `*` stands for the
 * rest of a name. https://cloud.google.com/iam/docs/roles-permissions
 */
const predefined = {
  'roles/secretmanager.admin': ['secretmanager.*'],
  'roles/secretmanager.secretAccessor': ['secretmanager.versions.access'],
  'roles/secretmanager.secretVersionAdder': ['secretmanager.versions.add'],
  'roles/secretmanager.secretVersionManager': [
    'secretmanager.versions.add',
    'secretmanager.versions.destroy',
    'secretmanager.versions.disable',
    'secretmanager.versions.enable',
    'secretmanager.versions.get',
    'secretmanager.versions.list',
  ],
  'roles/secretmanager.viewer': [
    'secretmanager.secrets.get',
    'secretmanager.secrets.list',
    'secretmanager.versions.get',
    'secretmanager.versions.list',
  ],
  'roles/certificatemanager.viewer': [
    'certificatemanager.certs.get',
    'certificatemanager.certs.list',
    'certificatemanager.operations.get',
    'certificatemanager.operations.list',
  ],
  'roles/certificatemanager.editor': [
    'certificatemanager.certs.create',
    'certificatemanager.certs.get',
    'certificatemanager.certs.list',
    'certificatemanager.certs.update',
    'certificatemanager.operations.get',
    'certificatemanager.operations.list',
  ],
  'roles/certificatemanager.owner': ['certificatemanager.*'],
  'roles/iam.serviceAccountTokenCreator': ['iam.serviceAccounts.getAccessToken'],
} as const satisfies Record<string, readonly string[]>;

export type RoleName = keyof typeof predefined;

export const roleNames = Object.keys(predefined) as readonly RoleName[];

interface Binding {
  readonly email: string;
  /** A predefined role, or the permissions of a custom one. */
  readonly role: RoleName | readonly string[];
  /** A project id, or the e-mail address of a service account. */
  readonly on: string;
}

/** Who was given which role on which project or service account. */
export class Bindings {
  private bindings: Binding[] = [];

  grant(email: string, role: RoleName | readonly string[], on: string): void {
    this.bindings.push({ email, role, on });
  }

  /** Takes away every role that the account has on exactly this, or only that one. */
  revoke(email: string, on: string, role?: RoleName): void {
    this.bindings = this.bindings.filter(
      (held) => held.email !== email || held.on !== on || (role !== undefined && held.role !== role),
    );
  }

  /** @param on what the permission is asked for: a service account comes with its project */
  allows(email: string, permission: string, on: readonly string[]): boolean {
    return this.bindings.some((held) => {
      if (held.email !== email || !on.includes(held.on)) return false;
      const permissions: readonly string[] = typeof held.role === 'string' ? predefined[held.role] : held.role;
      return permissions.some((one) =>
        one.endsWith('*') ? permission.startsWith(one.slice(0, -1)) : permission === one,
      );
    });
  }
}
