import { describe, expect, test } from 'vitest';
import { keyVaultRoles } from '../../main/clouds/azure/roles.ts';

describe('roles to copy for reading a vault', () => {
  const commands = (assignee: string) => keyVaultRoles(assignee).map(({ command }) => command);

  test('are those for secrets and for certificates, each for both kinds of vaults', () => {
    const all = commands('11111111-2222-4333-8444-555555555555');
    for (const right of [
      '--role "Key Vault Secrets User"',
      '--role "Key Vault Certificate User"',
      '--role "Reader"',
      '--secret-permissions get list',
      '--certificate-permissions get list --secret-permissions get list',
    ])
      expect(all.some((command) => command.includes(right))).toBe(true);
    expect(all.every((command) => command.includes("--name '<vault>'"))).toBe(true);
    for (const { title, explanation } of keyVaultRoles('<client id>')) {
      expect(title).not.toBe('');
      expect(explanation).toMatch(/^[A-Z].*\.$/);
    }
  });

  test('name a person by another option than an application', () => {
    const policies = (assignee: string) => commands(assignee).filter((command) => command.includes('set-policy'));
    for (const command of policies('ann@contoso.example')) expect(command).toContain('--upn ann@contoso.example');
    for (const command of policies('<client id>')) expect(command).toContain("--spn '<client id>'");
  });
});
