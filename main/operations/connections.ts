import type { Input } from '../../preload/contract/operations.ts';
import type { OrphanView, TestStepView } from '../../preload/contract/views.ts';
import { type Connection, type ConnectionSettings, type Credential, isPersonal } from '../domain/connection.ts';
import { Failure } from '../domain/failure.ts';
import type { SyncRecord } from '../domain/record.ts';
import { serviceFacts, targetServices } from '../domain/service.ts';
import { discoverCertificates, discoverItems, discoverVaults } from '../engine/discover.ts';
import type { RecordRow } from '../store/ports.ts';
import { confirmed } from './confirm.ts';
import type { Handlers, OperationDeps } from './deps.ts';
import { goesElsewhere, identityOf, isOutside, loginWords } from './login.ts';
import { refusal } from './record-checks.ts';
import { stillSyncing } from './records.ts';
import { personSignIns } from './sign-ins.ts';
import { connectionNames, connectionViewOf } from './views.ts';

type ConnectionOperations =
  | 'connections.list'
  | 'connections.save'
  | 'connections.test'
  | 'connections.signIn'
  | 'connections.cancelSignIn'
  | 'connections.remove'
  | 'connections.policy'
  | 'connections.importMeters'
  | 'source.vaults'
  | 'source.items'
  | 'source.certificate';

type Draft = Input<'connections.save'>['draft'];

/** Imports that ACM allows in 365 days for each account and region: https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html */
const yearlyImports = 5_000;
const yearMs = 365 * 24 * 3_600_000;

/** Operations on connections, and on what can be seen through one. */
export function connectionHandlers(deps: OperationDeps): Handlers<ConnectionOperations> {
  const { store, clock, clouds, credentials } = deps;
  const existing = (id: string) => store.connections.get(id) ?? noSuchConnection();
  const recordsOf = (id: string) => store.records.countByConnection().get(id) ?? 0;
  const signIns = personSignIns(deps);
  /** Logins of this computer that the person agreed to use since the app was started. */
  const loginsConfirmed = new Set<string>();

  return {
    'connections.list': () => {
      const counts = store.records.countByConnection();
      return store.connections.list().map((connection) => connectionViewOf(connection, counts.get(connection.id) ?? 0));
    },
    'connections.save': async ({ id, name, draft }, context) => {
      context.about(`${draft.provider} connection ${name}`);
      const before = id === undefined ? undefined : existing(id);
      refuseBadDraft(draft, before);
      const { settings } = draft;
      await confirmLogin(settings, before);
      const credential = credentialOf(draft);
      const kept: Connection = {
        id: before?.id ?? deps.newId(),
        name,
        settings,
        credentialHint: before?.credentialHint ?? '',
        credentialSavedAt: before?.credentialSavedAt ?? null,
        credentialExpiresAt: before?.credentialExpiresAt ?? null,
        account: null,
        createdAt: before?.createdAt ?? clock.now(),
      };
      // Checked before anything is made of it: what can't be used can't be described either.
      if (credential) await clouds.check(kept, credential);
      const token = credential ? credentials.seal(credential) : null;
      const known = credential ? null : (before?.account ?? null);
      const account = known ?? (await clouds.accountOf(kept, credential, context.signal));
      if (before) refuseOtherAccount(before, account);
      if (before) refuseOtherCloud(before, settings);
      const described = credential ? describedCredential(settings, credential) : {};
      const connection: Connection = { ...kept, ...described, account };
      // Clouds and people were asked meanwhile.
      if (before && JSON.stringify(store.connections.get(before.id)) !== JSON.stringify(before))
        throw changedMeanwhile();
      store.connections.save(connection, token);
      if (draft.credential && 'signInId' in draft.credential) signIns.cancel(draft.credential.signInId);
      deps.events.changed('connections', 'records');
      return connectionViewOf(connection, recordsOf(connection.id));
    },
    'connections.test': async ({ testId, connectionId, draft, services = [] }, context) => {
      const stored = connectionId === undefined ? undefined : existing(connectionId);
      if (draft) {
        refuseBadDraft(draft, stored);
        await confirmLogin(draft.settings, stored);
      }
      const settings = draft?.settings ?? stored?.settings ?? nothingToTest();
      context.about(stored?.name ?? `new ${settings.provider} connection`);
      const connection: Connection = stored ? { ...stored, settings } : unsaved(testId, settings);
      const steps: TestStepView[] = [];
      const typed = draft && credentialOf(draft);
      for await (const step of clouds.test(connection, typed, services, context.signal)) {
        steps.push(step);
        deps.events.testStep(testId, step);
      }
      return steps;
    },
    'connections.signIn': async ({ signInId, settings }, context) => {
      context.about(`tenant ${settings.tenantId}`);
      return await signIns.begin(signInId, unsaved(signInId, settings), context.signal);
    },
    'connections.cancelSignIn': ({ signInId }) => {
      signIns.cancel(signInId);
      return {};
    },
    'connections.remove': ({ id, withRecords }, context) => {
      const { name } = existing(id);
      const rules = store.rules.list().filter(({ rule }) => isUsedBy(rule, id));
      const rows = store.records.list().filter(({ record }) => isUsedBy(record, id));
      context.about(withRecords ? `${name}, with ${rows.length} records and ${rules.length} rules` : name);
      const busy = rows.filter(({ record }) => deps.engine.isSyncing(record.id)).length;
      if (withRecords && busy > 0) throw stillSyncing(busy);
      const unclear = new Set(store.journal.openIntents().map(({ recordId }) => recordId));
      store.connections.remove(id, { withRecords });
      deps.events.changed('connections', 'records', 'rules', 'discovery', 'app');
      return { orphans: withRecords ? orphansOf(rows, unclear) : [] };
    },
    'connections.policy': (ask) => clouds.policies(ask),
    'connections.importMeters': () => {
      const nameOf = connectionNames(store);
      return store.journal.countWrites('acm', clock.now() - yearMs).map(({ connectionId, region, count }) => ({
        connectionId,
        connection: nameOf(connectionId),
        region,
        imports: count,
        quota: yearlyImports,
      }));
    },
    'source.vaults': ({ connectionId }, { signal }) => discoverVaults(deps.discover, existing(connectionId).id, signal),
    'source.items': async ({ connectionId, vault }, { signal }) => {
      const { items, refused } = await discoverItems(deps.discover, existing(connectionId).id, vault, signal);
      return {
        items: items.map((item) => ({
          kind: item.kind,
          vault: item.vault,
          name: item.name,
          enabled: item.enabled,
          updatedOn: item.updatedOn,
          expiresOn: item.expiresOn ?? null,
          contentType: item.contentType ?? null,
          managed: item.managed,
        })),
        refused: refused.map(({ kind, failure: { sentence, fix } }) => ({ kind, sentence, fix })),
      };
    },
    'source.certificate': async ({ connectionId, vault, name }, { signal }) => {
      const [found] = await discoverCertificates(deps.discover, existing(connectionId).id, [{ vault, name }], signal);
      if (!found) throw certificateGone(vault, name);
      const { facts, exportable } = found;
      const problems = targetServices
        .filter((service) => serviceFacts[service].keeps === 'certificates')
        .flatMap((service) =>
          clouds.certificateProblems(service, facts).map(({ sentence, fix }) => ({ service, sentence, fix })),
        );
      const { subject, names, keyType, notBefore, notAfter } = facts;
      return { subject, names: [...names], keyType, notBefore, notAfter, exportable, problems };
    },
  };

  function unsaved(id: string, settings: ConnectionSettings): Connection {
    const none = { credentialHint: '', credentialSavedAt: null, credentialExpiresAt: null, account: null };
    return { id, name: '', settings, ...none, createdAt: clock.now() };
  }

  function describedCredential(settings: ConnectionSettings, credential: Credential) {
    const { hint, expiresAt } = credentials.facts(settings, credential);
    return { credentialHint: hint, credentialSavedAt: clock.now(), credentialExpiresAt: expiresAt };
  }

  /** The credential a draft brings: what was typed, what a sign-in ended with, or none of its own. */
  function credentialOf({ settings, credential }: Draft): Credential | undefined {
    if (isOutside(settings)) return { signIn: 'outside' };
    if (credential && 'signInId' in credential) return signIns.taken(credential.signInId, settings);
    return credential;
  }

  /**
   * A login of this computer is used without anybody typing anything, so whatever runs in the window could use it too: the
   * first time, and wherever it shall lead elsewhere, the person is asked outside the window.
   */
  async function confirmLogin(settings: ConnectionSettings, before: Connection | undefined): Promise<void> {
    if (!isOutside(settings)) return;
    if (before && !goesElsewhere(before.settings, settings)) return;
    const identity = identityOf(settings);
    if (loginsConfirmed.has(identity)) return;
    await confirmed(deps, loginWords(settings), 'Use this computer’s login for a connection?');
    loginsConfirmed.add(identity);
  }

  /** Records of one account must not go on in another, where nothing that they wrote is. */
  function refuseOtherAccount(before: Connection, account: string | null): void {
    if (before.account === null || account === before.account || recordsOf(before.id) === 0) return;
    const what = before.settings.provider === 'gcp' ? 'project' : 'account';
    const found = account === null ? `could not be asked which ${what} it is for` : `is for ${what} ${account}`;
    throw invalid(
      'draft.credential',
      `The records of this connection write to the ${what} ${before.account}; this credential ${found}. Try again, or add a new connection for another ${what}.`,
    );
  }

  /** In another cloud a vault's name leads to another vault: what is not there would be taken for deleted. */
  function refuseOtherCloud(before: Connection, settings: ConnectionSettings): void {
    if (before.settings.provider !== 'azure' || settings.provider !== 'azure' || recordsOf(before.id) === 0) return;
    if (before.settings.cloud === settings.cloud) return;
    throw invalid(
      'draft.settings.cloud',
      'The records of this connection copy from vaults of the cloud it was made for. Add a new connection for the other cloud and point the records at it.',
    );
  }

  function refuseBadDraft(draft: Draft, before: Connection | undefined): void {
    if (before && before.settings.provider !== draft.provider)
      throw invalid('draft.provider', 'A connection keeps its provider. Add a new one instead.');
    if (draft.provider === 'azure' && draft.credential) {
      const wanted = isPersonal(draft.settings) ? 'user' : draft.settings.signIn;
      if (draft.credential.signIn !== wanted)
        throw invalid('draft.credential', 'The credential does not fit the chosen way to sign in.');
    }
    if (draft.credential || isOutside(draft.settings)) return;
    if (!before) throw invalid('draft.credential', 'Type the credential of the new connection, or sign in.');
    if (goesElsewhere(before.settings, draft.settings)) {
      throw invalid(
        'draft.credential',
        'The address or identity of this connection changed, so the stored credential is not sent there. Type the credential again.',
      );
    }
  }
}

function isUsedBy(
  { sourceConnectionId, targetConnectionId }: Pick<SyncRecord, 'sourceConnectionId' | 'targetConnectionId'>,
  connectionId: string,
): boolean {
  return sourceConnectionId === connectionId || targetConnectionId === connectionId;
}

/**
 * What forgotten records leave behind: what was written, and what perhaps was.
 * @param unclear the records with a write of unknown end
 */
function orphansOf(rows: readonly RecordRow[], unclear: ReadonlySet<string>): OrphanView[] {
  return rows
    .filter(({ record, ledger }) => ledger !== null || unclear.has(record.id))
    .map(({ record, ledger }) => ({
      certain: ledger !== null,
      source: `${record.sourceVault}/${record.sourceName}`,
      targetService: record.targetService,
      targetRegion: record.targetRegion,
      targetName: record.targetName,
      targetId: ledger?.targetId ?? null,
    }));
}

function invalid(path: string, sentence: string): Failure {
  return refusal([{ path, sentence }]);
}

function noSuchConnection(): never {
  throw new Failure({
    kind: 'not-found',
    code: 'no-such-connection',
    sentence: 'There is no such connection any more.',
    fix: 'Choose or add a connection under Settings > Connections.',
  });
}

function certificateGone(vault: string, name: string): Failure {
  return new Failure({
    kind: 'not-found',
    code: 'source-missing',
    sentence: `There is no certificate ${name} in the vault ${vault} any more.`,
    fix: 'Load the list of the vault again.',
  });
}

function changedMeanwhile(): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'connection-changed',
    sentence: 'This connection was changed or removed while it was being saved. Nothing was saved.',
    fix: 'Open it again and save once more.',
  });
}

function nothingToTest(): never {
  throw invalid('draft', 'Nothing to test: give a draft or a stored connection.');
}
