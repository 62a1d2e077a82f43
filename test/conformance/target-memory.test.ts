import { serviceFacts, targetServices } from '../../main/domain/service.ts';
import { memoryFailure } from '../support/memory-calls.ts';
import { memoryServices } from '../support/memory-services.ts';
import { memorySecrets } from '../support/memory-target.ts';
import { describeTarget } from './target.ts';
import type { TargetBed } from './target-bed.ts';
import { certificateContent } from './target-payloads.ts';
import { awsTags } from './target-traits.ts';

for (const service of targetServices) {
  describeTarget(`${serviceFacts[service].title} in memory`, (): TargetBed => {
    const store = memorySecrets(service);
    const { hooks } = store;
    const { twoSteps, marker } = memoryServices[service];
    const now = () => Date.UTC(2026, 0, 1);
    /** What a create does first. */
    const creating = twoSteps ? 'shell' : 'write';

    /** Steps in once, at the next call of an operation. */
    function once(when: 'before' | 'after', operation: string, act: () => void | Promise<void>) {
      hooks[when] = (call) => {
        if (call.operation !== operation) return undefined;
        hooks[when] = undefined;
        return act();
      };
    }

    return {
      service,
      // The engine's tests want tags as they were given.
      tags: awsTags,
      open: (rights) => store.open(rights),
      held(name) {
        const secret = store.secrets.get(name);
        if (!secret) return undefined;
        const { versions, ended, current, writes, tags, options } = secret;
        const content = versions.get(current) ?? null;
        const value = content && marker === 'fingerprint' ? certificateContent(content.toString()) : content;
        return {
          value,
          writes,
          live: marker === 'fingerprint' ? 1 : versions.size - ended.size,
          tags,
          notes: [],
          options,
        };
      },
      count: () => store.secrets.size,
      putOutside: (name, payload) => void store.putOutside(name, payload),
      tagOutside: store.tagOutside,
      removeOutside: store.removeOutside,
      throttleNext(operation, retryAfter) {
        const ms = typeof retryAfter === 'string' ? Date.parse(retryAfter) - now() : (retryAfter ?? Number.NaN) * 1000;
        once('before', operation === 'write' ? creating : operation, () => {
          throw memoryFailure('throttled', 'memory-throttled', Number.isNaN(ms) ? {} : { retryAfterMs: ms });
        });
      },
      loseNextWrite() {
        once('after', 'write', () => {
          throw memoryFailure('network', 'connection-lost');
        });
      },
      cutNextCreate() {
        once('before', 'write', () => {
          throw memoryFailure('network', 'connection-lost');
        });
      },
      beforeNextUpdate: (act) => once('before', 'write', async () => act()),
      holdNext(operation) {
        let told = () => {};
        const arrived = new Promise<void>((resolve) => {
          told = resolve;
        });
        once('before', operation === 'write' ? creating : operation, () => {
          told();
          return new Promise(() => {});
        });
        return () => arrived;
      },
      asked: () => store.made.map(({ operation }) => operation),
      clearAsked: () => void store.made.splice(0),
      valueReads: ['holds'],
      // Of a certificate that is there already, the count of writes tells.
      valueWrites: marker === 'fingerprint' ? [] : ['write'],
      now,
      close() {},
    };
  });
}
