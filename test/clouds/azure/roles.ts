interface Role {
  readonly actions: readonly string[];
  readonly dataActions: readonly string[];
}

const vaultReading = ['Microsoft.KeyVault/vaults/read', 'Microsoft.KeyVault/vaults/*/read'] as const;
const secretReading = [
  'Microsoft.KeyVault/vaults/secrets/getSecret/action',
  'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
] as const;

/**
 * The built-in roles that matter here, with the part of their permissions that the stand-ins ask for:
 * https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security . Actions are asked for by
 * Resource Manager, data actions by a vault.
 */
const roles = {
  Reader: { actions: ['*/read'], dataActions: [] },
  'Key Vault Reader': {
    actions: vaultReading,
    dataActions: ['Microsoft.KeyVault/vaults/*/read', 'Microsoft.KeyVault/vaults/secrets/readMetadata/action'],
  },
  'Key Vault Secrets User': { actions: [], dataActions: secretReading },
  'Key Vault Secrets Officer': { actions: vaultReading, dataActions: ['Microsoft.KeyVault/vaults/secrets/*'] },
  'Key Vault Certificate User': {
    actions: [],
    dataActions: [...secretReading, 'Microsoft.KeyVault/vaults/certificates/read'],
  },
  'Key Vault Certificates Officer': {
    actions: vaultReading,
    dataActions: ['Microsoft.KeyVault/vaults/certificates/*'],
  },
  'Key Vault Administrator': { actions: vaultReading, dataActions: ['Microsoft.KeyVault/vaults/*'] },
} as const satisfies Record<string, Role>;

export type RoleName = keyof typeof roles;

export const roleNames = Object.keys(roles) as readonly RoleName[];

interface Assignment {
  readonly objectId: string;
  readonly role: RoleName;
  /** A resource id in lower case; the assignment holds for it and everything below it. */
  readonly scope: string;
}

/** Who was given which role on what. Service principals and users alike go by their object id. */
export class RoleAssignments {
  private assignments: Assignment[] = [];

  grant(objectId: string, role: RoleName, scope: string): void {
    this.assignments.push({ objectId, role, scope: scope.toLowerCase() });
  }

  /** Takes away every assignment of the principal at exactly this scope, or only that of one role. */
  revoke(objectId: string, scope: string, role?: RoleName): void {
    this.assignments = this.assignments.filter(
      (held) =>
        held.objectId !== objectId || held.scope !== scope.toLowerCase() || (role !== undefined && held.role !== role),
    );
  }

  allows(objectId: string, action: string, resourceId: string): boolean {
    return this.holds('actions', objectId, action, resourceId);
  }

  allowsData(objectId: string, dataAction: string, resourceId: string): boolean {
    return this.holds('dataActions', objectId, dataAction, resourceId);
  }

  private holds(plane: keyof Role, objectId: string, asked: string, resourceId: string): boolean {
    const resource = resourceId.toLowerCase();
    return this.assignments.some(
      (held) =>
        held.objectId === objectId &&
        (resource === held.scope || resource.startsWith(`${held.scope}/`)) &&
        roles[held.role][plane].some((pattern) => permits(pattern, asked)),
    );
  }
}

/** Whether a permission with at most one `*` covers an action. */
function permits(pattern: string, action: string): boolean {
  const [before = '', after] = pattern.toLowerCase().split('*');
  const asked = action.toLowerCase();
  return after === undefined ? asked === before : asked.startsWith(before) && asked.endsWith(after);
}
