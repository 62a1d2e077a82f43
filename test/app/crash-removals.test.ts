import { answerLost, describeCrashes, inJournal, type Scene, sent } from '../support/crash.ts';

/**
 * What is removed because its source is gone, and comes back with it: each step of both, for the services that can take a removal
 * back. Secrets Manager does either in one call; Secret Manager notes it on the secret and then changes each version.
 */
const calls = {
  secretsmanager: { delete: ['secretsmanager:DeleteSecret'], restore: ['secretsmanager:RestoreSecret'] },
  secretmanager: {
    delete: ['SecretManagerService.UpdateSecret', 'SecretManagerService.DisableSecretVersion'],
    restore: ['SecretManagerService.EnableSecretVersion', 'SecretManagerService.UpdateSecret'],
  },
} as const;

/** What sends no value seals nothing. */
const unsealed = inJournal.filter((death) => 'at' in death && !death.at.includes('sealIntent'));

for (const service of ['secretsmanager', 'secretmanager'] as const)
  for (const kind of ['delete', 'restore'] as const) {
    const requests = calls[service][kind].flatMap((name) => [sent(name), answerLost(name)]);
    // In two, each with fewer removals than the brake stops.
    for (const deaths of [kind === 'delete' ? unsealed : inJournal, requests])
      describeCrashes(
        'killed while it follows its source in',
        deaths.map((death): Scene => ({ service, kind, rights: 'full', death })),
      );
  }

/** Taking a target over is setting our marks on it. */
const marking = {
  secretsmanager: 'secretsmanager:TagResource',
  parameterstore: 'ssm:AddTagsToResource',
  secretmanager: 'SecretManagerService.UpdateSecret',
} as const;

describeCrashes(
  'killed while it takes over a target in',
  (['secretsmanager', 'parameterstore', 'secretmanager'] as const).flatMap((service) =>
    [...unsealed, sent(marking[service])].map((death): Scene => ({ service, kind: 'adopt', rights: 'full', death })),
  ),
);
