/**
 * The built-in roles that matter here, with the part of their permissions that the stand-ins ask for:
 * https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security
 */
const permissions = {
  Reader: ['*/read'],
  'Key Vault Reader': [
    'Microsoft.KeyVault/vaults/read',
    'Microsoft.KeyVault/vaults/*/read',
    'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
  ],
  'Key Vault Secrets User': [
    'Microsoft.KeyVault/vaults/secrets/getSecret/action',
    'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
  ],
  'Key Vault Secrets Officer': [
    'Microsoft.KeyVault/vaults/read',
    'Microsoft.KeyVault/vaults/*/read',
    'Microsoft.KeyVault/vaults/secrets/*',
  ],
} as const satisfies Record<string, readonly string[]>;

export type RoleName = keyof typeof permissions;

export const roleNames = Object.keys(permissions) as readonly RoleName[];

interface Assignment {
  readonly clientId: string;
  readonly role: RoleName;
  /** A resource id in lower case; the assignment holds for it and everything below it. */
  readonly scope: string;
}

/** Who was given which role on what. */
export class RoleAssignments {
  private assignments: Assignment[] = [];

  grant(clientId: string, role: RoleName, scope: string): void {
    this.assignments.push({ clientId, role, scope: scope.toLowerCase() });
  }

  /** Takes away every assignment of the app at exactly this scope, or only that of one role. */
  revoke(clientId: string, scope: string, role?: RoleName): void {
    this.assignments = this.assignments.filter(
      (held) =>
        held.clientId !== clientId || held.scope !== scope.toLowerCase() || (role !== undefined && held.role !== role),
    );
  }

  allows(clientId: string, action: string, resourceId: string): boolean {
    const resource = resourceId.toLowerCase();
    return this.assignments.some(
      (held) =>
        held.clientId === clientId &&
        (resource === held.scope || resource.startsWith(`${held.scope}/`)) &&
        permissions[held.role].some((pattern) => permits(pattern, action)),
    );
  }
}

/** Whether a permission with at most one `*` covers an action. */
function permits(pattern: string, action: string): boolean {
  const [before = '', after] = pattern.toLowerCase().split('*');
  const asked = action.toLowerCase();
  return after === undefined ? asked === before : asked.startsWith(before) && asked.endsWith(after);
}
