import { describeCrashes, writing } from '../support/crash.ts';

/** Made in two calls: between them there is a secret without a value. */
describeCrashes(
  'killed while it writes to Secret Manager',
  writing('secretmanager', {
    create: ['SecretManagerService.CreateSecret', 'SecretManagerService.AddSecretVersion'],
    update: ['SecretManagerService.AddSecretVersion', 'SecretManagerService.UpdateSecret'],
    tags: ['SecretManagerService.UpdateSecret'],
  }),
);
