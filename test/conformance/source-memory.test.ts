import { readBundle } from '../../main/certificates/index.ts';
import { memoryFailure } from '../support/memory-calls.ts';
import { memoryVaults } from '../support/memory-source.ts';
import { describeSource, type SourceBed, type SourceOperation } from './source.ts';

describeSource('the memory vaults', async (): Promise<SourceBed> => {
  let time = Date.UTC(2026, 0, 1);
  const now = () => time;
  const vaults = memoryVaults(now);
  const { hooks } = vaults;

  /** Steps in once, at the next call of an operation. */
  function once(operation: SourceOperation, act: () => void | Promise<void>) {
    const name = operation === 'listCertificates' ? 'listPage' : operation;
    hooks.before = (call) => {
      if (call.operation !== name) return undefined;
      hooks.before = undefined;
      return act();
    };
  }

  return {
    open: async () => vaults.open(),
    addVault: async (name, access) => vaults.addVault(name, { open: access === 'open' }),
    refuseSubscription: vaults.refuseSubscription,
    set: (vault, name, value, props) => void vaults.set(vault, name, value, props),
    setCertificate(vault, name, material, props) {
      const bundle =
        'pem' in material
          ? readBundle({ contentType: 'application/x-pem-file', value: material.pem })
          : readBundle({ contentType: 'application/x-pkcs12', value: material.pfxBase64 });
      vaults.setCertificate(vault, name, bundle, props);
      vaults.set(vault, name, 'its private key', { managed: true });
    },
    update: ({ kind, vault, name }, props) => vaults.update(vault, name, props, kind),
    remove: ({ kind, vault, name }) => vaults.remove(vault, name, kind),
    advance(milliseconds) {
      time += milliseconds;
    },
    throttleNext(operation, retryAfter) {
      const ms = typeof retryAfter === 'string' ? Date.parse(retryAfter) - now() : (retryAfter ?? Number.NaN) * 1000;
      once(operation, () => {
        throw memoryFailure('throttled', 'memory-throttled', Number.isNaN(ms) ? {} : { retryAfterMs: ms });
      });
    },
    breakNext(operation) {
      once(operation, () => {
        throw memoryFailure('network', 'connection-lost');
      });
    },
    holdNext(operation) {
      let told = () => {};
      const arrived = new Promise<void>((resolve) => {
        told = resolve;
      });
      once(operation, () => {
        told();
        return new Promise(() => {});
      });
      return () => arrived;
    },
    now,
    close: async () => {},
  };
});
