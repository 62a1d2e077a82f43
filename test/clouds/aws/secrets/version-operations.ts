import { AwsFailure } from '../failure.ts';
import { operation } from '../operation.ts';
import * as inputs from './inputs.ts';
import {
  findAllowed,
  findWritable,
  identity,
  invalidParameter,
  missingValue,
  type Operations,
  touch,
} from './operation.ts';
import { versionEntry } from './views.ts';

/** The operations on versions and their labels. What each does and says follows its page in the API reference. */
export const versionOperations: Operations = {
  ListSecretVersionIds: operation(inputs.listSecretVersionIds, (input, scene) => {
    const { SecretId, IncludeDeprecated = false, MaxResults = 100, NextToken } = input;
    const secret = findAllowed('ListSecretVersionIds', SecretId, scene);
    const listed = [...secret.versions.values()].filter(({ stages }) => IncludeDeprecated || stages.length > 0);
    // The token is the id of the last version shown.
    const before = NextToken === undefined ? -1 : listed.findIndex(({ id }) => id === NextToken);
    if (NextToken !== undefined && before === -1) {
      throw new AwsFailure('InvalidNextTokenException', 'The NextToken value is invalid.');
    }
    const page = listed.slice(before + 1, before + 1 + MaxResults);
    const last = page.at(-1);
    return {
      ...identity(secret),
      Versions: page.map((version) => versionEntry(version, secret.kmsKeyId)),
      ...(last === undefined || last === listed.at(-1) ? {} : { NextToken: last.id }),
    };
  }),

  UpdateSecretVersionStage: operation(inputs.updateSecretVersionStage, (input, scene) => {
    const { VersionStage: stage, RemoveFromVersionId: removeFrom, MoveToVersionId: moveTo } = input;
    const secret = findWritable('UpdateSecretVersionStage', input.SecretId, scene);
    const holder = secret.versionAt(stage);
    const target = moveTo === undefined ? undefined : secret.versions.get(moveTo);
    if (moveTo !== undefined && target === undefined) throw missingValue(`VersionId: ${moveTo}`);
    if (removeFrom === undefined && holder !== undefined && holder !== target) {
      throw invalidParameter(
        `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ` +
          `${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
      );
    }
    if (moveTo === undefined && removeFrom === undefined) {
      throw invalidParameter('You must provide RemoveFromVersionId, MoveToVersionId or both.');
    }
    if (removeFrom !== undefined && removeFrom !== holder?.id) {
      throw invalidParameter(`Staging label ${stage} is not attached to version ${removeFrom}.`);
    }
    if (stage === 'AWSCURRENT' && target === undefined) {
      throw invalidParameter(
        "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
      );
    }
    secret.moveStage(stage, target);
    touch(secret, scene);
    return identity(secret);
  }),
};
