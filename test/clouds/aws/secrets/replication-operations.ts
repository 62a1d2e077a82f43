import { KeyProblem } from '../kms.ts';
import { operation } from '../operation.ts';
import { isRegion } from '../regions.ts';
import * as inputs from './inputs.ts';
import { findWritable, invalidParameter, type Operations, type Scene, touch } from './operation.ts';
import type { Replica, Secret } from './secret.ts';
import { replicationOf } from './views.ts';

/** The operations on a secret's copies in other regions. What each does and says follows its page in the API reference. */
export const replicationOperations: Operations = {
  ReplicateSecretToRegions: operation(inputs.replicateSecretToRegions, (input, scene: Scene) => {
    const { SecretId, AddReplicaRegions, ForceOverwriteReplicaSecret } = input;
    const secret = findWritable('ReplicateSecretToRegions', SecretId, scene);
    const wanted = readRegions(AddReplicaRegions, scene, secret);
    addReplicas(secret, wanted, ForceOverwriteReplicaSecret ?? false, scene);
    touch(secret, scene);
    return {
      ARN: secret.arn,
      ReplicationStatus: replicationOf(
        secret,
        wanted.map(({ region }) => region),
      ),
    };
  }),

  RemoveRegionsFromReplication: operation(inputs.removeRegionsFromReplication, (input, scene: Scene) => {
    const secret = findWritable('RemoveRegionsFromReplication', input.SecretId, scene);
    const strange = input.RemoveReplicaRegions.find((region) => !secret.replicas.has(region));
    if (strange !== undefined) throw invalidParameter(`The secret is not replicated to region ${strange}.`);
    for (const region of input.RemoveReplicaRegions) {
      scene.store.removeReplica(secret, region, scene.now);
      secret.replicas.delete(region);
    }
    touch(secret, scene);
    return { ARN: secret.arn, ReplicationStatus: replicationOf(secret) };
  }),
};

interface WantedReplica {
  readonly region: string;
  readonly kmsKeyId: string | undefined;
}

interface RegionInput {
  readonly Region?: string | undefined;
  readonly KmsKeyId?: string | undefined;
}

/**
 * @param secret the secret, if there is one already
 * @throws AwsFailure InvalidParameterException, before anything is done
 */
export function readRegions(inputs: readonly RegionInput[], { store }: Scene, secret?: Secret): WantedReplica[] {
  return inputs.map(({ Region: region = '', KmsKeyId }) => {
    if (!isRegion(region) || region === store.region) throw invalidParameter('Invalid replica region.');
    // A replication that failed is tried again by asking for it again.
    if (secret?.replicas.get(region)?.status === 'InSync') {
      throw invalidParameter(`The secret is already replicated to region ${region}.`);
    }
    return { region, kmsKeyId: KmsKeyId === '' ? undefined : KmsKeyId };
  });
}

/** What goes wrong in the other region doesn't fail the call: ReplicationStatus tells of it. */
export function addReplicas(secret: Secret, wanted: readonly WantedReplica[], force: boolean, scene: Scene): void {
  for (const one of wanted) {
    const replica = replicate(secret, one, force, scene);
    secret.replicas.set(one.region, { kmsKeyId: one.kmsKeyId ?? 'alias/aws/secretsmanager', ...replica });
  }
}

function replicate(
  secret: Secret,
  { region, kmsKeyId }: WantedReplica,
  force: boolean,
  { store, keys, now }: Scene,
): Pick<Replica, 'status' | 'message'> {
  try {
    if (kmsKeyId !== undefined) keys.resolve(region, kmsKeyId);
  } catch (error) {
    if (!(error instanceof KeyProblem)) throw error;
    return { status: 'Failed', message: `Replication failed: ${error.message}` };
  }
  if (store.isTaken(secret.name, region, now)) {
    if (!force) {
      const message = `Replication failed: Secret name ${secret.name} already exists in region ${region}.`;
      return { status: 'Failed', message };
    }
    store.clear(secret.name, region, now);
  }
  store.addReplica(secret, region, kmsKeyId, now);
  return { status: 'InSync', message: 'Replication succeeded' };
}
