import { z } from 'zod';
import type { AwsCloud } from './aws/index.ts';
import type { Azure } from './azure/index.ts';
import { pageHabits } from './azure/pages.ts';
import { roleNames } from './azure/roles.ts';
import { currentVersion } from './azure/vault.ts';
import type { DeskControl } from './kernel/desk.ts';
import { type Calls, guarded } from './kernel/door.ts';

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

const match = {
  cloud: z.enum(['entra', 'arm', 'keyvault', 'aws']).exactOptional(),
  name: name.exactOptional(),
  resource: name.exactOptional(),
};
const retryAfter = z.union([z.number(), z.string()]).exactOptional();
const fault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('throttle'), retryAfter }),
  z.strictObject({ kind: z.literal('status'), status: z.int() }),
  z.strictObject({ kind: z.enum(['reset', 'lose-reply', 'truncate', 'hang']) }),
]);
const faultPlan = z.strictObject({
  ...match,
  fault,
  times: z.int().exactOptional(),
  after: z.int().exactOptional(),
  chance: z.number().exactOptional(),
});
const quota = z.strictObject({ ...match, limit: z.int(), perSeconds: z.number(), retryAfter });

/**
 * What may be done through the control door. Secret values go in with `azure.setSecret` and `aws.putOutside` and come
 * out of `azure.readSecret` and `aws.secretValue` alone.
 */
export function controlCalls({ azure, aws, desk }: { azure: Azure; aws: AwsCloud; desk: DeskControl }): Calls {
  return { ...azureCalls(azure), ...awsCalls(aws), ...deskCalls(desk) };
}

function azureCalls(azure: Azure): Calls {
  const ofSecret = z.tuple([name, name]);
  return {
    'azure.addTenantApp': guarded(z.tuple([]), () => azure.addTenantApp()),
    'azure.addAppSecret': guarded(z.tuple([name, z.number().optional()]), azure.addAppSecret),
    'azure.addAppCertificate': guarded(z.tuple([name, z.number().optional()]), azure.addAppCertificate),
    'azure.removeAppSecrets': guarded(z.tuple([name]), azure.removeAppSecrets),
    'azure.grant': guarded(z.tuple([name, role, name]), azure.grant),
    'azure.revoke': guarded(z.tuple([name, name, role.optional()]), azure.revoke),
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
  };
}

function awsCalls(aws: AwsCloud): Calls {
  const ofSecret = z.tuple([name, name]);
  const user = z.strictObject({ policy: z.unknown(), userName: name.exactOptional() });
  return {
    'aws.addAccessKey': guarded(z.tuple([user]), aws.addAccessKey),
    'aws.disableAccessKey': guarded(z.tuple([name]), aws.disableAccessKey),
    'aws.enableAccessKey': guarded(z.tuple([name]), aws.enableAccessKey),
    'aws.setPolicy': guarded(z.tuple([name, z.unknown()]), aws.setPolicy),
    'aws.setListLag': guarded(z.tuple([z.number()]), aws.setListLag),
    'aws.secretNames': guarded(z.tuple([name]), aws.secretNames),
    'aws.secret': guarded(ofSecret, aws.secret),
    'aws.secretValue': guarded(z.tuple([name, name, name.optional()]), (region, secret, version = 'AWSCURRENT') => {
      const value = aws.secretValue(region, secret, version);
      return Buffer.isBuffer(value) ? { base64: value.toString('base64') } : value;
    }),
    'aws.putOutside': guarded(z.tuple([name, name, z.string()]), aws.putOutside),
    'aws.tagOutside': guarded(z.tuple([name, name, tags]), aws.tagOutside),
    'aws.untagOutside': guarded(z.tuple([name, name, z.array(name)]), aws.untagOutside),
    'aws.removeOutside': guarded(z.tuple([name, name, z.int().optional()]), aws.removeOutside),
    'aws.restoreOutside': guarded(ofSecret, aws.restoreOutside),
  };
}

function deskCalls(desk: DeskControl): Calls {
  return {
    'desk.setLatency': guarded(z.tuple([z.number(), z.strictObject(match).optional()]), desk.setLatency),
    'desk.addFault': guarded(z.tuple([faultPlan]), desk.addFault),
    'desk.clearFaults': guarded(z.tuple([]), desk.clearFaults),
    'desk.setQuota': guarded(z.tuple([quota]), desk.setQuota),
    'desk.clearQuotas': guarded(z.tuple([]), desk.clearQuotas),
    'desk.arrivals': guarded(
      z.tuple([z.strictObject({ ...match, status: z.int().exactOptional() }).optional()]),
      desk.arrivals,
    ),
    'desk.clearArrivals': guarded(z.tuple([]), desk.clearArrivals),
    'desk.setClockOffset': guarded(z.tuple([z.number()]), desk.setClockOffset),
  };
}
