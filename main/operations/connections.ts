import type { Input } from '../../preload/contract/operations.ts';
import type { TestStepView } from '../../preload/contract/views.ts';
import type { Connection, ConnectionSettings } from '../domain/connection.ts';
import { Failure } from '../domain/failure.ts';
import { discoverItems, discoverVaults } from '../engine/discover.ts';
import type { Handlers, OperationDeps } from './deps.ts';
import { connectionViewOf } from './views.ts';

type ConnectionOperations =
  | 'connections.list'
  | 'connections.save'
  | 'connections.test'
  | 'connections.remove'
  | 'connections.policy'
  | 'source.vaults'
  | 'source.items';

type Draft = Input<'connections.save'>['draft'];

/** Operations on connections, and on what can be seen through one. */
export function connectionHandlers(deps: OperationDeps): Handlers<ConnectionOperations> {
  const { store, clock, clouds, credentials } = deps;
  const existing = (id: string) => store.connections.get(id) ?? noSuchConnection();
  const recordsOf = (id: string) => store.records.countByConnection().get(id) ?? 0;

  return {
    'connections.list': () => {
      const counts = store.records.countByConnection();
      return store.connections.list().map((connection) => connectionViewOf(connection, counts.get(connection.id) ?? 0));
    },
    'connections.save': async ({ id, name, draft }, context) => {
      context.about(`${draft.provider} connection ${name}`);
      const before = id === undefined ? undefined : existing(id);
      refuseBadDraft(draft, before);
      const { settings, credential } = draft;
      const kept: Connection = {
        id: before?.id ?? deps.newId(),
        name,
        settings,
        credentialHint: before?.credentialHint ?? '',
        credentialSavedAt: before?.credentialSavedAt ?? null,
        createdAt: before?.createdAt ?? clock.now(),
      };
      // Checked before anything is made of it: what can't be used can't be described either.
      if (credential) await clouds.check(kept, credential);
      const connection = credential
        ? { ...kept, credentialHint: credentials.hint(credential), credentialSavedAt: clock.now() }
        : kept;
      store.connections.save(connection, credential ? credentials.seal(credential) : null);
      deps.events.changed('connections', 'records');
      return connectionViewOf(connection, recordsOf(connection.id));
    },
    'connections.test': async ({ testId, connectionId, draft }, context) => {
      const stored = connectionId === undefined ? undefined : existing(connectionId);
      if (draft) refuseBadDraft(draft, stored);
      const settings = draft?.settings ?? stored?.settings ?? nothingToTest();
      context.about(stored?.name ?? `new ${settings.provider} connection`);
      const connection: Connection = stored
        ? { ...stored, settings }
        : { id: testId, name: '', settings, credentialHint: '', credentialSavedAt: null, createdAt: clock.now() };
      const steps: TestStepView[] = [];
      for await (const step of clouds.test(connection, draft?.credential, context.signal)) {
        steps.push(step);
        deps.events.testStep(testId, step);
      }
      return steps;
    },
    'connections.remove': ({ id }, context) => {
      context.about(existing(id).name);
      store.connections.remove(id);
      deps.events.changed('connections');
      return {};
    },
    'connections.policy': ({ provider, prefix, region }) => clouds.policies(provider, prefix, region),
    'source.vaults': ({ connectionId }, { signal }) => discoverVaults(deps.discover, existing(connectionId).id, signal),
    'source.items': async ({ connectionId, vault }, { signal }) => {
      const items = await discoverItems(deps.discover, existing(connectionId).id, vault, signal);
      return items.map((item) => ({
        vault: item.vault,
        name: item.name,
        enabled: item.enabled,
        updatedOn: item.updatedOn,
        expiresOn: item.expiresOn ?? null,
        contentType: item.contentType ?? null,
        tagCount: Object.keys(item.tags).length,
        managed: item.managed,
      }));
    },
  };

  function refuseBadDraft(draft: Draft, before: Connection | undefined): void {
    if (before && before.settings.provider !== draft.provider)
      throw invalid('draft.provider', 'A connection keeps its provider. Add a new one instead.');
    if (draft.provider === 'azure' && draft.credential && draft.credential.signIn !== draft.settings.signIn) {
      throw invalid('draft.credential', 'The credential does not fit the chosen way to sign in.');
    }
    if (draft.credential) return;
    if (!before) throw invalid('draft.credential', 'Type the credential of the new connection.');
    if (goesElsewhere(before.settings, draft.settings)) {
      throw invalid(
        'draft.credential',
        'The address or identity of this connection changed, so the stored credential is not sent there. Type the credential again.',
      );
    }
  }
}

/**
 * Whether a stored credential would be sent to another place, or as somebody else, than it was typed for. Otherwise
 * anybody at the window could have a stored credential delivered to an address of their own.
 */
function goesElsewhere(before: ConnectionSettings, after: ConnectionSettings): boolean {
  const identity = (settings: ConnectionSettings) => {
    const { provider, caBundle } = settings;
    if (provider === 'aws') return JSON.stringify([provider, caBundle ?? '', settings.endpoint ?? '']);
    const { tenantId, clientId, signIn, cloud, authority, resourceManager } = settings;
    return JSON.stringify([
      provider,
      caBundle ?? '',
      tenantId,
      clientId,
      signIn,
      cloud,
      authority ?? '',
      resourceManager ?? '',
    ]);
  };
  return identity(before) !== identity(after);
}

function invalid(path: string, sentence: string): Failure {
  const fix = 'Correct what is marked and try again. Nothing was saved.';
  return new Failure({ kind: 'invalid', code: 'input', sentence, fix, fields: [{ path, sentence }] });
}

function noSuchConnection(): never {
  throw new Failure({
    kind: 'not-found',
    code: 'no-such-connection',
    sentence: 'There is no such connection any more.',
    fix: 'Choose or add a connection under Settings > Connections.',
  });
}

function nothingToTest(): never {
  throw invalid('draft', 'Nothing to test: give a draft or a stored connection.');
}
