import { z } from 'zod';
import { type Calls, guarded } from '../kernel/door.ts';
import type { Azure } from './index.ts';
import { pageHabits } from './pages.ts';
import { roleNames } from './roles.ts';
import { currentVersion } from './shelf.ts';

const name = z.string();
const tags = z.record(z.string(), z.string());
const secretProps = z.strictObject({
  contentType: z.string().exactOptional(),
  tags: tags.exactOptional(),
  enabled: z.boolean().exactOptional(),
  notBefore: z.int().exactOptional(),
  expires: z.int().exactOptional(),
});
const role = z.enum(roleNames);
const appOptions = z.strictObject({
  name: name.exactOptional(),
  tenantId: name.exactOptional(),
  redirects: z.array(z.strictObject({ platform: z.enum(['desktop', 'web']), uri: z.string() })).exactOptional(),
  publicFlows: z.boolean().exactOptional(),
});
const certificateSource = z.union([
  z.strictObject({ pfxBase64: z.string(), password: z.string().exactOptional() }),
  z.strictObject({ pem: z.string() }),
]);
const certificateProps = z.strictObject({ enabled: z.boolean().exactOptional(), tags: tags.exactOptional() });
const certificateOptions = certificateProps.extend({
  exportable: z.boolean().exactOptional(),
  hsm: z.boolean().exactOptional(),
  reuseKey: z.boolean().exactOptional(),
  issuer: z.string().exactOptional(),
});

/** What may be done to the stand-in Azure through the control door. */
export function azureCalls(azure: Azure): Calls {
  const ofSecret = z.tuple([name, name]);
  return {
    'azure.addTenantApp': guarded(z.tuple([appOptions.optional()]), azure.addTenantApp),
    'azure.addAppSecret': guarded(z.tuple([name, z.number().optional()]), azure.addAppSecret),
    'azure.addAppCertificate': guarded(z.tuple([name, z.number().optional()]), azure.addAppCertificate),
    'azure.removeAppSecrets': guarded(z.tuple([name]), azure.removeAppSecrets),
    'azure.grant': guarded(z.tuple([name, role, name]), azure.grant),
    'azure.revoke': guarded(z.tuple([name, name, role.optional()]), azure.revoke),
    'azure.addUser': guarded(z.tuple([name]), (user) => azure.addUser(user)),
    'azure.setUserEnabled': guarded(z.tuple([name, z.boolean()]), azure.setUserEnabled),
    'azure.revokeSignIns': guarded(z.tuple([name]), azure.revokeSignIns),
    'azure.pendingSignIns': guarded(z.tuple([]), azure.pendingSignIns),
    'azure.approveSignIn': guarded(z.tuple([name, name]), azure.approveSignIn),
    'azure.denySignIn': guarded(z.tuple([name]), azure.denySignIn),
    'azure.setDevicePollInterval': guarded(z.tuple([z.number()]), azure.setDevicePollInterval),
    'azure.signInToCli': guarded(z.tuple([name]), azure.signInToCli),
    'azure.addSubscription': guarded(z.tuple([name]), (displayName) => azure.addSubscription(displayName)),
    'azure.addVault': guarded(z.tuple([name]), async (vault) => {
      await azure.addVault(vault);
      return azure.vaultUrl(vault);
    }),
    'azure.removeVault': guarded(z.tuple([name]), azure.removeVault),
    'azure.vaultUrl': guarded(z.tuple([name]), azure.vaultUrl),
    'azure.setPageHabit': guarded(z.tuple([name, z.enum(pageHabits)]), (vault, habit) => {
      azure.vault(vault).pageHabit = habit;
    }),
    'azure.setArmPageSize': guarded(z.tuple([z.int()]), azure.setArmPageSize),
    'azure.secretNames': guarded(z.tuple([name]), (vault) =>
      azure
        .vault(vault)
        .list()
        .map((secret) => secret.name),
    ),
    'azure.readSecret': guarded(ofSecret, (vault, secret) => currentVersion(azure.vault(vault).find(secret)).value),
    'azure.setSecret': guarded(
      z.tuple([name, name, z.string(), secretProps.optional()]),
      (vault, secret, value, props = {}) => azure.vault(vault).set(secret, value, props).version,
    ),
    'azure.updateSecret': guarded(z.tuple([name, name, secretProps]), (vault, secret, props) => {
      azure.vault(vault).update(secret, props);
    }),
    'azure.disableSecret': guarded(ofSecret, (vault, secret) => azure.vault(vault).disable(secret)),
    'azure.enableSecret': guarded(ofSecret, (vault, secret) => azure.vault(vault).enable(secret)),
    'azure.removeSecret': guarded(ofSecret, (vault, secret) => {
      azure.vault(vault).remove(secret);
    }),
    'azure.recoverSecret': guarded(ofSecret, (vault, secret) => {
      azure.vault(vault).recover(secret);
    }),
    'azure.purgeSecret': guarded(ofSecret, (vault, secret) => azure.vault(vault).purge(secret)),
    'azure.certificateNames': guarded(z.tuple([name]), (vault) =>
      azure
        .vault(vault)
        .certificates.list()
        .map((certificate) => certificate.name),
    ),
    'azure.setCertificate': guarded(
      z.tuple([name, name, certificateSource, certificateOptions.optional()]),
      (vault, certificate, source, options = {}) =>
        azure.vault(vault).certificates.set(certificate, source, options).version,
    ),
    'azure.updateCertificate': guarded(z.tuple([name, name, certificateProps]), (vault, certificate, props) => {
      azure.vault(vault).certificates.update(certificate, props);
    }),
    'azure.removeCertificate': guarded(ofSecret, (vault, certificate) => {
      azure.vault(vault).certificates.remove(certificate);
    }),
    'azure.recoverCertificate': guarded(ofSecret, (vault, certificate) => {
      azure.vault(vault).certificates.recover(certificate);
    }),
    'azure.purgeCertificate': guarded(ofSecret, (vault, certificate) =>
      azure.vault(vault).certificates.purge(certificate),
    ),
  };
}
