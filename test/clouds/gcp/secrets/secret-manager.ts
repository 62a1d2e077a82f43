import type { Api } from '../api.ts';
import { secretMethods } from './secret-methods.ts';
import type { SecretStore } from './store.ts';
import { versionMethods } from './version-methods.ts';

/** Secret Manager v1, global and regional. Both are behind the one origin; Google has an endpoint for each region. */
export function createSecretManager(store: SecretStore): Api {
  return {
    name: 'secretmanager.googleapis.com',
    package: 'google.cloud.secretmanager.v1',
    consumer: 'resource',
    denied: (permission, resource) =>
      `Permission '${permission}' denied for resource '${resource}' (or it may not exist).`,
    methods: [...secretMethods(store), ...versionMethods(store)],
  };
}
