import { AwsFailure } from '../failure.ts';
import { authorize } from '../policy.ts';
import * as inputs from './inputs.ts';
import {
  findUsable,
  identity,
  invalidName,
  invalidParameter,
  missingValue,
  type Operations,
  operation,
  touch,
} from './operation.ts';
import { type Secret, type SecretValue, sameValue, type Version } from './secret.ts';
import { addTags } from './tags.ts';
import { seconds, startOfDay, valueMember } from './views.ts';

/** The operations that carry a secret's value. What each does and says follows its page in the API reference. */
export const valueOperations: Operations = {
  CreateSecret: operation(inputs.createSecret, (input, { caller, store, now }) => {
    const { Name, Tags = [] } = input;
    if (!/^[A-Za-z0-9/_+=.@-]+$/.test(Name)) throw invalidName();
    const write = readWrite(input);
    const existing = store.get(Name, now);
    const arn = existing?.arn ?? store.mintArn(Name);
    authorize(caller, 'secretsmanager:CreateSecret', arn, Name);
    if (Tags.length > 0) authorize(caller, 'secretsmanager:TagResource', arn, Name);
    if (input.AddReplicaRegions !== undefined) throw invalidParameter('The stand-in has no replication.');
    if (existing?.deletionAt !== undefined) {
      throw new AwsFailure(
        'InvalidRequestException',
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      );
    }
    if (existing !== undefined) {
      const repeated = write && findRepeated(existing, write);
      if (repeated !== undefined) return identity(existing, repeated.id);
      throw new AwsFailure(
        'ResourceExistsException',
        `The operation failed because the secret ${Name} already exists.`,
      );
    }
    const tags = Tags.length === 0 ? undefined : addTags(new Map(), Tags);
    const secret = store.add(arn, Name, now);
    secret.tags = tags;
    setMetadata(secret, input);
    if (write !== undefined) secret.addVersion(write.token, write.value, [], now);
    store.listing.changed(secret, now);
    return identity(secret, write?.token);
  }),

  PutSecretValue: operation(inputs.putSecretValue, (input, scene) => {
    const write = readWrite(input);
    if (write === undefined) {
      throw new AwsFailure('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
    }
    const secret = findUsable('PutSecretValue', input.SecretId, scene);
    // A repetition "succeeds but does nothing": it moves no label, not even if other stages are asked for.
    let version = findRepeated(secret, write);
    if (version === undefined) {
      version = secret.addVersion(write.token, write.value, input.VersionStages ?? ['AWSCURRENT'], scene.now);
      touch(secret, scene);
    }
    return { ...identity(secret, version.id), ...stagesOf(version) };
  }),

  UpdateSecret: operation(inputs.updateSecret, (input, scene) => {
    const write = readWrite(input);
    const secret = findUsable('UpdateSecret', input.SecretId, scene);
    if (write !== undefined) {
      // By the API reference a known token is an error here even with the same value, unlike in PutSecretValue.
      // (moto's suite saw AWS accept the same value; a client that bears the documented error bears that too.)
      if (secret.versions.has(write.token)) throw tokenInUse(secret, write.token);
      secret.addVersion(write.token, write.value, ['AWSCURRENT'], scene.now);
    }
    setMetadata(secret, input);
    touch(secret, scene);
    return identity(secret, write?.token);
  }),

  GetSecretValue: operation(inputs.getSecretValue, ({ SecretId, VersionId, VersionStage }, scene) => {
    const secret = findUsable('GetSecretValue', SecretId, scene);
    const stage = VersionStage ?? 'AWSCURRENT';
    const version = VersionId === undefined ? secret.versionAt(stage) : secret.versions.get(VersionId);
    if (version === undefined) {
      throw missingValue(VersionId === undefined ? `staging label: ${stage}` : `VersionId: ${VersionId}`);
    }
    if (VersionStage !== undefined && !version.stages.includes(VersionStage)) {
      throw new AwsFailure(
        'InvalidRequestException',
        'You provided a VersionStage that is not associated to the provided VersionId.',
      );
    }
    const today = startOfDay(scene.now);
    version.lastAccessedAt = today;
    if (secret.lastAccessedAt !== today) {
      secret.lastAccessedAt = today;
      scene.store.listing.changed(secret, scene.now);
    }
    return {
      ...identity(secret, version.id),
      ...valueMember(version.value),
      ...stagesOf(version),
      CreatedDate: seconds(version.createdAt),
    };
  }),
};

interface Write {
  readonly value: SecretValue;
  /** The ClientRequestToken: it becomes the id of the version. */
  readonly token: string;
}

interface WriteInput {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: string | undefined;
  readonly ClientRequestToken?: string | undefined;
}

/** The new value in a request, if there is one. SDKs make up a token; a raw request has to bring its own. */
function readWrite({ SecretString, SecretBinary, ClientRequestToken: token }: WriteInput): Write | undefined {
  if (SecretString === undefined && SecretBinary === undefined) return undefined;
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (token === undefined) {
    throw new AwsFailure(
      'InvalidRequestException',
      'You must provide a ClientRequestToken value. We recommend a UUID-type value.',
    );
  }
  return SecretString === undefined
    ? { value: { kind: 'binary', bytes: Buffer.from(SecretBinary ?? '', 'base64') }, token }
    : { value: { kind: 'text', text: SecretString }, token };
}

/**
 * The version that an earlier, identical write made.
 * @throws AwsFailure ResourceExistsException if the token stands for another value
 */
function findRepeated(secret: Secret, { token, value }: Write): Version | undefined {
  const version = secret.versions.get(token);
  if (version !== undefined && !sameValue(version.value, value)) throw tokenInUse(secret, token);
  return version;
}

function tokenInUse(secret: Secret, token: string): AwsFailure {
  return new AwsFailure(
    'ResourceExistsException',
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${secret.arn}.`,
  );
}

interface MetadataInput {
  readonly Description?: string | undefined;
  readonly KmsKeyId?: string | undefined;
}

/** An empty key id means AWS's own key, of which DescribeSecret says nothing. */
function setMetadata(secret: Secret, { Description, KmsKeyId }: MetadataInput): void {
  if (Description !== undefined) secret.description = Description === '' ? undefined : Description;
  if (KmsKeyId !== undefined) secret.kmsKeyId = KmsKeyId === '' ? undefined : KmsKeyId;
}

function stagesOf({ stages }: Version): { VersionStages?: string[] } {
  return stages.length === 0 ? {} : { VersionStages: [...stages] };
}
