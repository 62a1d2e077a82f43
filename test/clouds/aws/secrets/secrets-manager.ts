import { AwsFailure } from '../failure.ts';
import { createJsonService } from '../json-service.ts';
import type { KmsKeys } from '../kms.ts';
import type { Service } from '../service.ts';
import { metadataOperations } from './metadata-operations.ts';
import { replicationOperations } from './replication-operations.ts';
import type { SecretStore } from './store.ts';
import { valueOperations } from './value-operations.ts';
import { versionOperations } from './version-operations.ts';

/** Failures of the front end, which spell their member `message`; those of the service spell it `Message`. */
const frontEnd = new Set([
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'SerializationException',
  'ThrottlingException',
  'UnknownOperationException',
  'UnrecognizedClientException',
  'ValidationException',
]);

/**
 * AWS Secrets Manager.
 * @param storeOf the secrets of a region
 * @param now milliseconds since the epoch
 */
export function createSecretsManager(
  storeOf: (region: string) => SecretStore,
  keys: KmsKeys,
  now: () => number,
): Service {
  return createJsonService({
    name: 'secretsmanager',
    target: 'secretsmanager',
    operations: { ...valueOperations, ...metadataOperations, ...versionOperations, ...replicationOperations },
    sceneOf: (caller, region) => ({ caller, store: storeOf(region), keys, now: now() }),
    resourceOf(body, region) {
      const id: unknown = 'SecretId' in body ? body.SecretId : 'Name' in body ? body.Name : undefined;
      // By name even if it was asked for by ARN.
      return typeof id === 'string' ? (storeOf(region).find(id, now())?.name ?? id) : '';
    },
    messageMember: (code) => (frontEnd.has(code) ? 'message' : 'Message'),
    refusals: { 429: new AwsFailure('TooManyRequestsException', 'Too Many Requests', 429) },
    internal: 'InternalServiceError',
  });
}
