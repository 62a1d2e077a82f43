import { openSource } from '../../main/clouds/registry.ts';
import { connectionTo, openCloudBed } from '../support/cloud-bed.ts';
import { describeSource, type SourceBed, type SourceOperation } from './source.ts';

const requests: Readonly<Record<SourceOperation, string>> = {
  listVaults: 'ListVaults',
  listPage: 'ListSecrets',
  describe: 'ListSecretVersions',
  read: 'GetSecret',
};

describeSource('Azure Key Vault', async (): Promise<SourceBed> => {
  const bed = await openCloudBed();
  const { azure, desk } = bed;
  const app = azure.addTenantApp();
  azure.grant(app.clientId, 'Reader', azure.subscription.id);
  const seconds = (milliseconds: number | undefined) => (milliseconds === undefined ? undefined : milliseconds / 1000);

  return {
    open: () =>
      openSource(
        connectionTo({
          provider: 'azure',
          tenantId: app.tenantId,
          clientId: app.clientId,
          signIn: 'secret',
          cloud: 'custom',
          authority: azure.loginUrl,
          resourceManager: azure.armUrl,
          caBundle: bed.caPem,
        }),
        { signIn: 'secret', clientSecret: app.clientSecret },
        bed.deps,
      ),
    async addVault(name, access) {
      await azure.addVault(name);
      if (access === 'open') azure.grant(app.clientId, 'Key Vault Secrets User', name);
    },
    refuseSubscription(name) {
      const { id } = azure.addSubscription(name);
      azure.grant(app.clientId, 'Reader', id);
      desk.addFault({ cloud: 'arm', name: 'ListVaults', resource: id, fault: { kind: 'status', status: 403 } });
    },
    set(vault, name, value, { managed = false, notBefore, expiresOn, ...props } = {}) {
      const [nbf, expires] = [seconds(notBefore), seconds(expiresOn)];
      const stored = {
        ...props,
        ...(nbf === undefined ? {} : { notBefore: nbf }),
        ...(expires === undefined ? {} : { expires }),
      };
      if (managed) azure.vault(vault).setManaged(name, value, stored);
      else azure.vault(vault).set(name, value, stored);
    },
    update(vault, name, { enabled, tags }) {
      azure.vault(vault).update(name, { ...(enabled === undefined ? {} : { enabled }), ...(tags ? { tags } : {}) });
    },
    remove: (vault, name) => void azure.vault(vault).remove(name),
    advance: bed.advance,
    throttleNext(operation, retryAfter) {
      const fault = { kind: 'throttle', ...(retryAfter === undefined ? {} : { retryAfter }) } as const;
      desk.addFault({ name: requests[operation], fault, times: 1 });
    },
    breakNext: (operation, how) => desk.addFault({ name: requests[operation], fault: { kind: how }, times: 1 }),
    holdNext(operation) {
      desk.clearArrivals();
      desk.addFault({ name: requests[operation], fault: { kind: 'hang' }, times: 1 });
      return () => bed.arrived(requests[operation]);
    },
    now: bed.now,
    close: () => bed.close(),
  };
});
