import { randomUUID } from 'node:crypto';
import { PutSecretValueCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf, startTestbed, type Testbed } from '../clouds/aws/testbed.ts';

const region = 'us-east-1';
let bed: Testbed;
beforeAll(async () => {
  bed = await startTestbed();
});
afterAll(() => bed.close());

describe('old versions', () => {
  const hour = 60 * 60_000;
  const day = 24 * hour;

  test('beyond the newest 100 go once they are a day old, unless they have a label', async () => {
    const Name = `test/${randomUUID()}`;
    const first = bed.aws.putOutside(region, Name, 'one');
    await bed
      .secretsManager()
      .send(new UpdateSecretVersionStageCommand({ SecretId: Name, VersionStage: 'KEEP', MoveToVersionId: first }));
    for (let count = 0; count < 120; count += 1) bed.aws.putOutside(region, Name, `v${count}`);
    expect(bed.aws.secret(region, Name)?.versions).toHaveLength(121);
    bed.desk.setClockOffset(day + hour);
    bed.aws.putOutside(region, Name, 'the next day');
    const versions = bed.aws.secret(region, Name)?.versions ?? [];
    expect(versions).toHaveLength(102);
    expect(versions[0]).toMatchObject({ id: first, stages: ['KEEP'] });
  });

  test('that are younger stay, up to the quota', async () => {
    bed.desk.setClockOffset(0);
    const Name = `test/${randomUUID()}`;
    for (let count = 0; count < 144; count += 1) bed.aws.putOutside(region, Name, `v${count}`);
    const put = new PutSecretValueCommand({ SecretId: Name, SecretString: 'one more' });
    expect(await failureOf(bed.secretsManager().send(put))).toEqual({
      code: 'LimitExceededException',
      message: 'The request would exceed the quota for versions of a secret.',
      status: 400,
    });
    expect(bed.aws.secretValue(region, Name)).toBe('v143');
  });
});
