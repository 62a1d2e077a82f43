import { describe, expect, test } from 'vitest';
import { openTarget } from '../../main/clouds/registry.ts';
import type { AwsSettings } from '../../main/domain/connection.ts';
import { json } from '../clouds/kernel/reply.ts';
import { everythingIn, failureOf, patience } from '../conformance/outcome.ts';
import { connectionTo } from '../support/cloud-bed.ts';
import { region, writing } from './aws-bed.ts';
import { openHostileCloud, patientDeps } from './hostile.ts';

/** Refusals that a stand-in gives only in situations of their own, or not at all; each with AWS's text replaced by a canary. */
describe('what AWS refuses with', () => {
  async function refused(service: 'parameterstore' | 'acm', type: string, status: number, message: string) {
    const cloud = await openHostileCloud(() => json(status, { __type: type, message }));
    const settings: AwsSettings = {
      provider: 'aws',
      signIn: 'keys',
      region,
      endpoint: cloud.url,
      caBundle: cloud.caPem,
    };
    const key = { accessKeyId: 'A'.repeat(20), secretAccessKey: 'made up for this test' };
    const target = await openTarget(connectionTo(settings), key, service, region, patientDeps);
    try {
      const doing =
        service === 'acm'
          ? target.tag({ name: 'site', id: 'arn:aws:acm:x' }, { set: { a: 'b' }, remove: [] }, patience())
          : target.write(writing({ name: '/certifyclouds/a' }), patience());
      const error: unknown = await doing.catch((thrown: unknown) => thrown);
      expect(everythingIn(error)).not.toContain('canary');
      return await failureOf(Promise.reject(error));
    } finally {
      target.close();
      await cloud.close();
    }
  }

  test.each([
    ['TooManyUpdates', 400, '', 'throttled', 'aws-busy'],
    ['ThrottlingException', 400, 'Rate exceeded', 'throttled', 'aws-throttled'],
    ['ParameterLimitExceeded', 400, '', 'quota', 'aws-quota'],
    ['ParameterMaxVersionLimitExceeded', 400, 'canary', 'quota', 'parameter-versions'],
    ['HierarchyTypeMismatchException', 400, 'canary', 'conflict', 'target-not-secure'],
    ['InvalidKeyId', 400, 'canary', 'invalid', 'aws-kms-key'],
    [
      'ValidationException',
      400,
      'canary: this parameter uses the advanced-parameter tier',
      'invalid',
      'parameter-tier',
    ],
    ['ValidationException', 400, 'canary', 'invalid', 'aws-refused'],
    ['InternalServerError', 500, 'canary', 'network', 'aws-unavailable'],
    ['ExpiredTokenException', 400, 'canary', 'auth', 'aws-credentials'],
    ['AccessDeniedException', 400, 'canary perform: ssm:PutParameter on', 'denied', 'aws-denied'],
    ['AccessDeniedException', 400, 'canary perform: kms:Encrypt on resource', 'denied', 'aws-kms-denied'],
    ['AccessDeniedException', 400, 'canary with an explicit deny in a policy', 'denied', 'aws-denied-explicitly'],
  ])('Parameter Store: %s (HTTP %i) %j is %s', async (type, status, message, kind, code) => {
    const failure = await refused('parameterstore', type, status, message);
    expect(failure).toMatchObject({ kind, code });
    expect(failure.fix).not.toBe('');
  });

  test('the right on a KMS key that is missing is named', async () => {
    const message = 'User is not authorized to perform: kms:Encrypt on resource: canary';
    expect((await refused('parameterstore', 'AccessDeniedException', 400, message)).fix).toContain('kms:Encrypt');
  });

  test.each([
    ['ConflictException', 'throttled', 'aws-busy'],
    ['ServiceQuotaExceededException', 'quota', 'aws-quota'],
    ['LimitExceededException', 'quota', 'aws-quota'],
    ['TooManyTagsException', 'invalid', 'tags-too-many'],
    ['ResourceNotFoundException', 'not-found', 'target-missing'],
    ['ResourceInUseException', 'conflict', 'target-in-use'],
    ['InvalidTagException', 'invalid', 'aws-refused'],
    ['AccessDeniedException', 'denied', 'aws-denied'],
  ])('Certificate Manager: %s is %s', async (type, kind, code) => {
    const failure = await refused('acm', type, 400, 'canary');
    expect(failure).toMatchObject({ kind, code });
    expect(failure.sentence).toContain(kind === 'quota' ? 'Certificate Manager' : 'site');
  });
});
