import { AwsFailure } from '../failure.ts';
import { operation } from '../operation.ts';
import { authorize } from '../policy.ts';
import { requireKey, takeKey } from './encryption.ts';
import * as inputs from './inputs.ts';
import {
  findUsable,
  findWritable,
  identity,
  invalidName,
  invalidParameter,
  missingValue,
  type Operations,
  type Scene,
  touch,
} from './operation.ts';
import { addReplicas, readRegions } from './replication-operations.ts';
import { type Secret, type SecretValue, sameValue, type Version } from './secret.ts';
import { addTags } from './tags.ts';
import { replicationOf, seconds, startOfDay, valueMember } from './views.ts';

/** The operations that carry a secret's value. What each does and says follows its page in the API reference. */
export const valueOperations: Operations = {
  CreateSecret: operation(inputs.createSecret, (input, scene: Scene) => {
    const { caller, store, now } = scene;
    const { Name, Tags = [] } = input;
    if (!/^[A-Za-z0-9/_+=.@-]+$/.test(Name)) throw invalidName();
    const write = readWrite(input);
    const existing = store.get(Name, now);
    const arn = existing?.arn ?? store.mintArn(Name);
    authorize(caller, 'secretsmanager:CreateSecret', arn, Name);
    if (Tags.length > 0) authorize(caller, 'secretsmanager:TagResource', arn, Name);
    const replicas = readRegions(input.AddReplicaRegions ?? [], scene);
    if (replicas.length > 0) authorize(caller, 'secretsmanager:ReplicateSecretToRegions', arn, Name);
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
    takeKey(input.KmsKeyId, ['GenerateDataKey', 'Decrypt'], scene);
    const tags = Tags.length === 0 ? undefined : addTags(new Map(), Tags);
    const secret = store.add(arn, Name, now);
    secret.tags = tags;
    setMetadata(secret, input);
    if (write !== undefined) secret.addVersion(write.token, write.value, [], now);
    addReplicas(secret, replicas, input.ForceOverwriteReplicaSecret ?? false, scene);
    store.changed(secret, now);
    if (replicas.length === 0) return identity(secret, write?.token);
    const fresh = replicas.map(({ region }) => region);
    return { ...identity(secret, write?.token), ReplicationStatus: replicationOf(secret, fresh) };
  }),

  PutSecretValue: operation(inputs.putSecretValue, (input, scene: Scene) => {
    const write = readWrite(input);
    if (write === undefined) {
      throw new AwsFailure('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
    }
    const secret = findWritable('PutSecretValue', input.SecretId, scene);
    requireKey(secret.kmsKeyId, ['GenerateDataKey', 'Decrypt'], scene);
    // A repetition "succeeds but does nothing": it moves no label, not even if other stages are asked for.
    let version = findRepeated(secret, write);
    if (version === undefined) {
      version = secret.addVersion(write.token, write.value, input.VersionStages ?? ['AWSCURRENT'], scene.now);
      touch(secret, scene);
    }
    return { ...identity(secret, version.id), ...stagesOf(version) };
  }),

  UpdateSecret: operation(inputs.updateSecret, (input, scene: Scene) => {
    const write = readWrite(input);
    const secret = findWritable('UpdateSecret', input.SecretId, scene);
    takeKey(input.KmsKeyId, ['GenerateDataKey', 'Encrypt', 'Decrypt'], scene);
    if (write !== undefined && input.KmsKeyId === undefined) {
      requireKey(secret.kmsKeyId, ['GenerateDataKey', 'Encrypt', 'Decrypt'], scene);
    }
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

  GetSecretValue: operation(inputs.getSecretValue, ({ SecretId, VersionId, VersionStage }, scene: Scene) => {
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
    requireKey(secret.kmsKeyId, ['Decrypt'], scene);
    const today = startOfDay(scene.now);
    version.lastAccessedAt = today;
    if (secret.lastAccessedAt !== today) {
      secret.lastAccessedAt = today;
      scene.store.changed(secret, scene.now);
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
