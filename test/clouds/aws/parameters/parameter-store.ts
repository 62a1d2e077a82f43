import { AwsFailure } from '../failure.ts';
import { createJsonService } from '../json-service.ts';
import type { Service } from '../service.ts';
import { metadataOperations } from './metadata-operations.ts';
import type { Scene } from './scene.ts';
import { valueOperations } from './value-operations.ts';

/**
 * AWS Systems Manager, as far as Parameter Store.
 * @param sceneOf all of a scene but the caller, for a region
 */
export function createParameterStore(sceneOf: (region: string) => Omit<Scene, 'caller'>): Service {
  return createJsonService<Scene>({
    name: 'ssm',
    target: 'AmazonSSM',
    operations: { ...valueOperations, ...metadataOperations },
    sceneOf: (caller, region) => ({ caller, ...sceneOf(region) }),
    resourceOf(body, region) {
      const id: unknown = 'Name' in body ? body.Name : 'ResourceId' in body ? body.ResourceId : undefined;
      return typeof id === 'string' ? (sceneOf(region).store.get(id)?.name ?? id) : '';
    },
    messageMember: () => 'message',
    refusals: {
      // Not a status that AWS sends: it is how a test asks for this one, which no request alone can bring about.
      409: new AwsFailure(
        'TooManyUpdates',
        'There are concurrent updates for a resource that supports one update at a time.',
      ),
      429: new AwsFailure('ThrottlingException', 'Rate exceeded', 429),
    },
    internal: 'InternalServerError',
  });
}
