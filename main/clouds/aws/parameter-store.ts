import { DeleteParameterCommand, GetParameterCommand, type ParameterMetadata, SSMClient } from '@aws-sdk/client-ssm';
import type { AwsSettings } from '../../domain/connection.ts';
import { Failure } from '../../domain/failure.ts';
import type { TargetState } from '../../domain/plan.ts';
import type { CloudDeps } from '../call.ts';
import { removalUnseen, targetChanged } from '../failures.ts';
import type { Target } from '../ports.ts';
import { awsNameProblems } from './names.ts';
import { looker, parameterPages, seenMarker } from './parameter-look.ts';
import { nextMarker, writeMark } from './parameter-mark.ts';
import { addTags, removeTags, type Session, taggedOwner } from './parameter-tags.ts';
import { testParameterStore } from './parameter-trials.ts';
import { createParameter, updateParameter } from './parameter-write.ts';
import { notSecure } from './refusals.ts';
import { parameterValueProblems } from './rules.ts';
import { openSession } from './session.ts';
import { tagChange } from './tags.ts';

/**
 * The parameters of one account and region, as SecureStrings. Their identity is their name. A value is read only by `holds`.
 * @param credential the connection's, not trusted to be one until parsed
 * @throws Failure `invalid` if settings, region or credential cannot be used; nothing is sent yet
 */
export function openParameterStore(
  settings: AwsSettings,
  credential: unknown,
  region: string,
  deps: CloudDeps,
): Target {
  const session = openSession(settings, credential, region, deps, (config, place) => {
    const client = new SSMClient(config);
    return { client, url: client.config.endpointProvider(place).url };
  });
  const look = looker(session);
  const page = parameterPages(session);

  return {
    capabilities: { idempotentWrites: false, recoverableRemoval: false },
    validate: (name, payload, options = {}) => [
      ...awsNameProblems.parameterstore(name),
      ...(payload ? parameterValueProblems(payload, options) : []),
    ],

    async inspect({ name }, signal) {
      const seen = await look(name, signal);
      if (seen === 'unreadable') return { kind: 'unreadable', missing: 'ssm:DescribeParameters' };
      if (!seen) return { kind: 'absent' };
      const state = stateOf(name, region, seen);
      return state.kind === 'present' ? { ...state, ownerRecordId: await ownerOf(session, seen, name, signal) } : state;
    },

    // A page has descriptions and no tags: whose a parameter is, is told by who wrote its value last.
    async overviewPage(next, signal) {
      const { items, ...more } = await page(next, signal);
      return {
        ...more,
        items: items.flatMap((seen) =>
          seen.Name === undefined ? [] : [{ name: seen.Name, state: stateOf(seen.Name, region, seen) }],
        ),
      };
    },

    write: (request, signal) =>
      request.mode === 'create'
        ? createParameter(session, look, request, signal)
        : updateParameter(session, look, request, signal),

    markerOf: ({ mode, replaces, idempotencyKey }) => {
      if (mode === 'create') return `1#${idempotencyKey}`;
      return replaces === null ? undefined : nextMarker(replaces, idempotencyKey);
    },

    async holds({ name }, matches, signal) {
      try {
        const { Parameter } = await session.call({ action: 'ssm:GetParameter', name }, signal, (options) =>
          session.client.send(new GetParameterCommand({ Name: name, WithDecryption: true }), options),
        );
        const value = Parameter?.Value;
        if (value === undefined) return undefined;
        return matches(Buffer.from(value)) || matches(Buffer.from(value, 'base64'));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (error.detail.code === 'target-missing') return false;
        if (error.kind === 'denied') return undefined;
        throw error;
      }
    },

    async tag({ name }, change, signal) {
      const { set, remove } = tagChange(change);
      if (set.length > 0) await addTags(session, name, set, signal);
      if (remove.length > 0) await removeTags(session, name, remove, signal);
    },

    // For good: Parameter Store keeps nothing of a deleted parameter. DeleteParameter takes no condition.
    async remove({ name, id }, seen, signal) {
      try {
        const found = seen === null ? undefined : await look(name, signal);
        if (found === 'unreadable') throw removalUnseen(`parameter ${name} in ${region}`, 'ssm:DescribeParameters');
        if (found && seenMarker(found) !== seen) throw targetChanged(`parameter ${name} in ${region}`);
        await session.call({ action: 'ssm:DeleteParameter', name }, signal, (options) =>
          session.client.send(new DeleteParameterCommand({ Name: name }), options),
        );
      } catch (error) {
        // One that is known to have been there has gone, perhaps by an earlier try whose reply was lost.
        if (!(error instanceof Failure) || error.detail.code !== 'target-missing' || id === undefined) throw error;
      }
    },

    test: (prefix, signal) => testParameterStore(session, prefix, signal),
    close: () => session.close(),
  };
}

function stateOf(name: string, region: string, seen: ParameterMetadata): TargetState {
  if (seen.Type !== 'SecureString') {
    const { code, sentence, fix } = notSecure(`${name} in ${region}`);
    return { kind: 'closed', code, why: sentence, fix };
  }
  const ownerRecordId = writeMark(seen.Description)?.recordId ?? null;
  return { kind: 'present', id: name, version: seenMarker(seen), ownerRecordId };
}

/** The record in the ownership tag; where tags may not be read, the one that the description names. */
async function ownerOf(
  session: Session,
  seen: ParameterMetadata,
  name: string,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    return await taggedOwner(session, name, signal);
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'denied') throw error;
    return writeMark(seen.Description)?.recordId ?? null;
  }
}
