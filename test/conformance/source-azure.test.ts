import { openSource } from '../../main/clouds/registry.ts';
import { connectionTo, openCloudBed } from '../support/cloud-bed.ts';
import { describeSource, type SourceBed, type SourceOperation } from './source.ts';

const requests: Readonly<Record<SourceOperation, string>> = {
  listVaults: 'ListVaults',
  listPage: 'ListSecrets',
  describe: 'ListSecretVersions',
  read: 'GetSecret',
  listCertificates: 'ListCertificates',
  describeCertificate: 'GetCertificate',
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
      if (access === 'open') azure.grant(app.clientId, 'Key Vault Certificate User', name);
    },
    refuseSubscription(name) {
      const { id } = azure.addSubscription(name);
      azure.grant(app.clientId, 'Reader', id);
      desk.addFault({ cloud: 'arm', name: 'ListVaults', resource: id, fault: { kind: 'status', status: 403 } });
    },
    set(vault, name, value, { notBefore, expiresOn, ...props } = {}) {
      const [nbf, expires] = [seconds(notBefore), seconds(expiresOn)];
      azure.vault(vault).set(name, value, {
        ...props,
        ...(nbf === undefined ? {} : { notBefore: nbf }),
        ...(expires === undefined ? {} : { expires }),
      });
    },
    setCertificate: (vault, name, material, props) =>
      void azure.vault(vault).certificates.set(name, material, props ?? {}),
    update: ({ kind, vault, name }, props) => {
      const { certificates } = azure.vault(vault);
      if (kind === 'certificate') certificates.update(name, props);
      else azure.vault(vault).update(name, props);
    },
    remove({ kind, vault, name }) {
      if (kind === 'certificate') azure.vault(vault).certificates.remove(name);
      else azure.vault(vault).remove(name);
    },
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
