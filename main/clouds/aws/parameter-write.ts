import { PutParameterCommand, type PutParameterCommandInput, type PutParameterResult } from '@aws-sdk/client-ssm';
import { Failure } from '../../domain/failure.ts';
import { ownerTag } from '../../domain/ownership.ts';
import type { TargetOptions } from '../../domain/record.ts';
import { product } from '../../product.ts';
import { targetChanged } from '../failures.ts';
import type { WriteRequest, Written } from '../ports.ts';
import { type Look, seenMarker } from './parameter-look.ts';
import { describeWrite, markerOf, nextMarker, writeMark } from './parameter-mark.ts';
import { addTags, removeTags, type Session } from './parameter-tags.ts';
import { notSecure, targetExists, targetMissing } from './refusals.ts';
import { parameterText, storable } from './rules.ts';
import { asTags, markTags } from './tags.ts';

const encodingMark = { [markTags.encoding]: 'base64' };
const tiers = { standard: 'Standard', advanced: 'Advanced', intelligent: 'Intelligent-Tiering' } as const;

/** Fails with `target-exists` if there is a parameter of that name, unless this very write made it. */
export async function createParameter(
  session: Session,
  look: Look,
  request: WriteRequest,
  signal: AbortSignal,
): Promise<Written> {
  const { name, tags, idempotencyKey } = request;
  const fields = fieldsOf(request, 1);
  const base64 = request.payload.kind === 'binary';
  try {
    const reply = await put(session, name, signal, {
      ...fields,
      Type: 'SecureString',
      Tier: tierOf(request.options),
      Overwrite: false,
      Tags: asTags(tags, base64 ? encodingMark : {}),
    });
    return writtenAs(session, name, reply, markerOf(versionIn(reply), writeMark(fields.Description)));
  } catch (error) {
    // There already: by this very write, if an earlier try's reply was lost.
    if (!(error instanceof Failure) || error.detail.code !== 'target-exists') throw error;
    const seen = await look(name, signal);
    if (seen !== 'unreadable' && seen && seenMarker(seen) === `1#${idempotencyKey}`)
      return { id: name, version: seenMarker(seen), confirmed: true };
    throw new Failure(targetExists(`parameter ${name} in ${session.region}`));
  }
}

/** Fails with `target-changed` if it is not what the write was meant to replace, unless this very write made it so. */
export async function updateParameter(
  session: Session,
  look: Look,
  request: WriteRequest,
  signal: AbortSignal,
): Promise<Written> {
  const seen = await look(request.name, signal);
  if (seen === 'unreadable') return updateBlind(session, request, signal);
  const { name, replaces, idempotencyKey } = request;
  const what = `parameter ${name} in ${session.region}`;
  if (!seen) throw new Failure(targetMissing(what));
  if (seen.Type !== 'SecureString') throw new Failure(notSecure(`${name} in ${session.region}`));
  const marker = seenMarker(seen);
  if (replaces !== null && marker !== replaces) {
    // By this very write, if an earlier try's reply was lost.
    if (marker === nextMarker(replaces, idempotencyKey)) return { id: name, version: marker, confirmed: true };
    throw targetChanged(what);
  }
  const before = seen.Version ?? 0;
  const fields = fieldsOf(request, before + 1);
  // No type: without one AWS makes no new parameter, should this one be deleted meanwhile. The key it has, for AWS documents
  // that without a key the account's default one is taken. And no way back from advanced.
  const reply = await put(session, name, signal, {
    ...(seen.KeyId === undefined ? {} : { KeyId: seen.KeyId }),
    ...fields,
    Tier: seen.Tier === 'Advanced' ? 'Advanced' : tierOf(request.options),
    Overwrite: true,
  });
  const version = versionIn(reply);
  const tagged = await markEncoding(session, request, writeMark(seen.Description)?.base64 ?? false, signal);
  const warning = version === before + 1 ? tagged : overwroteUnseen(what, before + 1, version);
  return writtenAs(session, name, reply, markerOf(version, writeMark(fields.Description)), warning);
}

/** For a credential that may not look: which version it makes is not known before. */
async function updateBlind(session: Session, request: WriteRequest, signal: AbortSignal): Promise<Written> {
  const { name } = request;
  const fields = fieldsOf(request, null);
  const isText = request.payload.kind === 'text';
  // With the type, so that a value never gets into a parameter that lies open. Then AWS would also make a parameter that is
  // not there; removing a tag tells, and changes nothing but one that a text must not have. Who may not even do that gets no
  // update: there is no other way to tell, and what somebody deleted is not made anew unasked.
  await removeTags(session, name, [isText ? markTags.encoding : `${markTags.encoding}-none`], signal);
  const reply = await put(session, name, signal, {
    ...fields,
    Type: 'SecureString',
    Tier: tierOf(request.options),
    Overwrite: true,
  });
  const tagged = isText ? undefined : await markEncoding(session, request, false, signal);
  return writtenAs(session, name, reply, markerOf(versionIn(reply), undefined), tagged);
}

/** What is written together: the value, the key it is encrypted with, and which write this is. */
function fieldsOf({ payload, tags, options, idempotencyKey }: WriteRequest, version: number | null) {
  const content = storable(payload);
  return {
    Value: parameterText(content),
    Description: describeWrite({
      key: idempotencyKey,
      version,
      recordId: tags[ownerTag(product.tagNamespace)] ?? null,
      base64: content.kind === 'binary',
    }),
    ...(options.kmsKeyId === undefined ? {} : { KeyId: options.kmsKeyId }),
  };
}

function tierOf({ tier = 'standard' }: TargetOptions) {
  return tiers[tier];
}

function put(
  session: Session,
  name: string,
  signal: AbortSignal,
  fields: Omit<PutParameterCommandInput, 'Name'>,
): Promise<PutParameterResult> {
  return session.call({ action: 'ssm:PutParameter', name }, signal, (options) =>
    session.client.send(new PutParameterCommand({ Name: name, ...fields }), options),
  );
}

/** After an update: the tag that tells other readers of the parameter what its text is. @param before whether it has it */
async function markEncoding(
  session: Session,
  { name, payload }: WriteRequest,
  before: boolean,
  signal: AbortSignal,
): Promise<Written['warning']> {
  const base64 = payload.kind === 'binary';
  if (base64 === before) return undefined;
  try {
    await (base64
      ? addTags(session, name, asTags({}, encodingMark), signal)
      : removeTags(session, name, [markTags.encoding], signal));
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { sentence, fix } = error.detail;
    const code = 'encoding-tag';
    return { code, sentence: `The value is written, but the tag ${markTags.encoding} is not right: ${sentence}`, fix };
  }
}

function overwroteUnseen(what: string, expected: number, version: number): Written['warning'] {
  return {
    code: 'overwrote-unseen',
    sentence: `The value is written to the ${what} as version ${version}, over version ${expected}, which somebody else wrote at the same moment.`,
    fix: 'If that value is needed, find it in the AWS console (Parameter Store > History).',
  };
}

function versionIn({ Version }: PutParameterResult): number {
  return Version ?? 0;
}

function writtenAs(
  { region }: Session,
  name: string,
  { Version }: PutParameterResult,
  version: string,
  warning?: Written['warning'],
): Written {
  // PutParameter's answer names the version it made, and the newest version is the current one.
  if (Version !== undefined) return { id: name, version, confirmed: true, ...(warning ? { warning } : {}) };
  throw new Failure({
    kind: 'network',
    code: 'reply-incomplete',
    sentence: `AWS accepted the write of ${name} in ${region}, but its answer was incomplete.`,
    fix: 'Nothing to do: the app looks at the parameter to see what it holds.',
  });
}
