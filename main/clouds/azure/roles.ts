import { shell } from '../shell.ts';

/** A role to assign, as a command for the Azure CLI, and what it gives. */
interface RoleText {
  readonly title: string;
  readonly explanation: string;
  readonly command: string;
}

/**
 * The least-privilege roles for reading secrets and certificates, as commands to copy, with a placeholder for the vault, as
 * a connection reads from many: https://learn.microsoft.com/azure/key-vault/general/rbac-guide
 * @param assignee the client id of the application, or the name of the person, that signs in
 */
export function keyVaultRoles(assignee: string): RoleText[] {
  const vault = shell('<vault>');
  const scope = `"$(az keyvault show --name ${vault} --query id --output tsv)"`;
  const assign = (role: string, on: string) =>
    `az role assignment create --assignee ${shell(assignee)} --role "${role}" --scope ${on}`;
  // Access policies name applications and people by different options.
  const principal = assignee.includes('@') ? `--upn ${shell(assignee)}` : `--spn ${shell(assignee)}`;
  const policy = `az keyvault set-policy --name ${vault} ${principal}`;
  return [
    {
      title: 'Read the secrets of one vault',
      explanation: 'Lists and reads secrets of this vault only; the vault must use Azure role-based access control.',
      command: assign('Key Vault Secrets User', scope),
    },
    {
      title: 'Read the certificates of one vault',
      explanation:
        'Lists certificates of this vault only and reads them with their private keys; the vault must use Azure role-based ' +
        'access control.',
      command: assign('Key Vault Certificate User', scope),
    },
    {
      title: 'See the vault in lists',
      explanation: 'Shows this vault when choosing one; without it, its name can be typed in.',
      command: assign('Reader', scope),
    },
    {
      title: 'Read the secrets of a vault with access policies',
      explanation: 'For vaults that do not use role-based access control: lists and reads secrets of this vault only.',
      command: `${policy} --secret-permissions get list`,
    },
    {
      title: 'Read the certificates of a vault with access policies',
      explanation:
        'For vaults that do not use role-based access control: lists certificates of this vault and reads them with their ' +
        'private keys, which Key Vault keeps as secrets.',
      command: `${policy} --certificate-permissions get list --secret-permissions get list`,
    },
  ];
}
