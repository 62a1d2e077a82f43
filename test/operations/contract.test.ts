import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { appEvent } from '../../preload/contract/events.ts';
import { failureView } from '../../preload/contract/failure.ts';
import { operationNames } from '../../preload/contract/names.ts';
import { operations } from '../../preload/contract/operations.ts';

/** Every field name that any answer may have. A new one is added here by somebody who has asked what it could hold. */
const known = new Set(
  `accountId action actor address assumeRole at attention authority caBundle cancelled certain changedAt checkedAt
  checkSchedule checkValues choices clientId cloud code concurrency conflictPolicy conflicts conflictSeen
  connection connectionId contentType copyTags counts createdAt creates credentialExpiresAt credentialHint
  credentialSavedAt defaultPrefix deleted deletedAt deletionPolicy deletions detail disabled done durationMs
  enabled endedAt endpoint examples excluded excludedBy exclusions expiresOn explanation exportable expression
  externalId failedAt failure filter firstBad firstSeenAt fix goneAt has held historyDays hours id impersonate
  imports items keepVersions keptIn key keyType kind kmsKeyId lastRunAt level limit location lock madeAt managed
  matches method more name names network next nextRunAt noProxy notAfter notBefore notices options orphans outcome
  path pattern patterns paused phase planId problem problems profile projectId provider proxy quota recordId
  records recordsExcluded refused region removed replicaLocations replicaRegions resourceManager revision roleArn
  roleName rows rule ruleId run runId scanMinutes scannedAt scanning scans schedule scheduleWords sentence service
  sessionName settings shape signIn source sourceConnection sourceConnectionId sourceKind sourceName sourceVault
  sourceVersion sso startedAt startUrl state status steps stopped subject subscription syncOnChange tags target
  targetConnection targetConnectionId targetId targetName targetRegion targetService targetVersion template
  templateProblem tenantId text theme tier timeZone title total trigger unchanged updatedOn uri username values
  vault vaultGone vaults verdict version waiting warning watched words written writtenAt`
    .split(/\s+/)
    .filter((name) => name !== ''),
);

/** Words that no field of an answer may have in its name, allowed or not, but for those that only hint at a credential. */
const suspicious = /value|secret(?!smanager)|password|passphrase|token|credential|pem|privateKey|accessKey/i;
const hints = new Set(['credentialExpiresAt', 'credentialHint', 'credentialSavedAt']);

interface Field {
  readonly path: string;
  readonly name: string;
  /** Yes or no: whatever it is called, it holds no text. */
  readonly isSwitch?: boolean;
}

/** All field names a schema lets through, with their path; anything that would let unnamed content through is one too. */
function fieldsOf(schema: unknown, path = ''): Field[] {
  if (!(schema instanceof z.ZodType)) throw new Error(`${path}: not a schema`);
  if (schema instanceof z.ZodObject) {
    // A catchall other than `never` would let any field through.
    const open = schema.def.catchall instanceof z.ZodNever ? [] : [{ path: `${path}.*`, name: '*' }];
    return [
      ...open,
      ...Object.entries(schema.shape).flatMap(([name, inner]) => [
        { path: `${path}.${name}`, name, isSwitch: inner instanceof z.ZodBoolean },
        ...fieldsOf(inner, `${path}.${name}`),
      ]),
    ];
  }
  if (schema instanceof z.ZodArray) return fieldsOf(schema.element, `${path}[]`);
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) return fieldsOf(schema.unwrap(), path);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => fieldsOf(option, path));
  const plain = [z.ZodString, z.ZodNumber, z.ZodBoolean, z.ZodEnum, z.ZodLiteral, z.ZodStringFormat];
  if (plain.some((kind) => schema instanceof kind)) return [];
  // Its names are told by the schema too; what it holds under them is looked at like everything else.
  if (schema instanceof z.ZodRecord && schema.def.keyType instanceof z.ZodEnum)
    return fieldsOf(schema.def.valueType, `${path}[]`);
  // Other records, any, unknown, maps, transforms: what they let through cannot be told by names.
  return [{ path, name: '*' }];
}

const bad = (schema: unknown, names: ReadonlySet<string> = known) =>
  fieldsOf(schema).filter(
    ({ name, isSwitch }) => !names.has(name) || (suspicious.test(name) && !hints.has(name) && !isSwitch),
  );

describe('the contract', () => {
  for (const name of operationNames) {
    it(`lets no credential and no value out of ${name}`, () => {
      expect(bad(operations[name].output).map(({ path }) => path)).toEqual([]);
    });
  }

  it('lets none out of an event or a failure either', () => {
    // A person types the user code where they are signed in; the one that the app polls with stays in main.
    const more =
      'changed runs checks testSteps testId step signInCodes signInId userCode expiresAt reference fields path';
    const names = new Set([...known, ...more.split(' ')]);
    for (const schema of [appEvent, failureView]) expect(bad(schema, names).map(({ path }) => path)).toEqual([]);
  });

  it('would be caught letting one out, wherever it is', () => {
    const planted = [
      z.strictObject({ secretValue: z.string() }),
      z.array(z.strictObject({ name: z.string(), inner: z.strictObject({ clientSecret: z.string() }) })),
      z.strictObject({ lock: z.strictObject({ password: z.string() }).nullable().optional() }),
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('a') }),
        z.strictObject({ kind: z.literal('b'), pem: z.string() }),
      ]),
      z.strictObject({ settings: z.unknown() }),
      z.strictObject({ settings: z.any() }),
      z.strictObject({ settings: z.record(z.string(), z.string()) }),
      z.strictObject({ settings: z.record(z.enum(['a', 'b']), z.strictObject({ password: z.string() })) }),
      z.strictObject({ values: z.array(z.string()) }),
      z.object({ name: z.string() }).loose(),
      z.object({ name: z.string() }),
      z.strictObject({ name: z.string().transform((text) => ({ text })) }),
    ];
    expect(planted.filter((schema) => bad(schema).length === 0)).toEqual([]);
  });

  it('names every operation once, says how commands are audited, and takes no unnamed input', () => {
    expect(Object.keys(operations).sort()).toEqual([...operationNames].sort());
    for (const name of operationNames) {
      expect([name, operations[name].input.safeParse({ somethingElse: 1 }).success]).toEqual([name, false]);
      const { kind, audit } = operations[name] as { kind: string; audit?: string };
      if (kind === 'query') expect([name, audit]).toEqual([name, undefined]);
      else if (name !== 'notices.dismiss') expect([name, audit]).toEqual([name, expect.stringMatching(/./)]);
    }
  });
});
