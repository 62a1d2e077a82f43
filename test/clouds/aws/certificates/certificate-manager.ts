import { AwsFailure } from '../failure.ts';
import { createJsonService } from '../json-service.ts';
import type { Service } from '../service.ts';
import { operations, type Scene } from './operations.ts';

/**
 * AWS Certificate Manager.
 * @param sceneOf all of a scene but the caller, for a region
 */
export function createCertificateManager(sceneOf: (region: string) => Omit<Scene, 'caller'>): Service {
  return createJsonService<Scene>({
    name: 'acm',
    target: 'CertificateManager',
    operations,
    sceneOf: (caller, region) => ({ caller, ...sceneOf(region) }),
    // An import without an ARN is about a certificate that has no name yet.
    resourceOf: (body) =>
      'CertificateArn' in body && typeof body.CertificateArn === 'string' ? body.CertificateArn : '',
    messageMember: () => 'message',
    refusals: {
      // Not a status that AWS sends: it is how a test asks for this one, which no request alone can bring about.
      409: new AwsFailure(
        'ConflictException',
        'You are trying to update a resource or configuration that is already being created or updated. Wait for the ' +
          'previous operation to finish and try again.',
      ),
      429: new AwsFailure('ThrottlingException', 'Rate exceeded', 429),
    },
    internal: 'InternalFailure',
  });
}
