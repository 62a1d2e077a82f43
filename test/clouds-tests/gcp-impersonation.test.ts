import { Impersonated } from 'google-auth-library';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { failureOf, jwtOf, projectId, startTestbed, type Testbed } from '../clouds/gcp/testbed.ts';
import { cloudPlatform } from '../clouds/gcp/tokens.ts';

let bed: Testbed;
beforeAll(async () => {
  bed = await startTestbed();
  bed.gcp.secrets.put(secret, 'value');
});
afterAll(() => bed.close());
afterEach(() => bed.desk.setClockOffset(0));

const secret = `projects/${projectId}/secrets/impersonated`;
const minute = 60 * 1000;
const read = (client: ReturnType<Testbed['secretManager']>) => client.getSecret({ name: secret });

describe('impersonation', () => {
  const as = (
    keyFile: string,
    targetPrincipal: string,
    more: Partial<{ lifetime: number; delegates: string[] }> = {},
  ) =>
    bed.trusting(
      new Impersonated({
        sourceClient: bed.trusting(jwtOf(keyFile)),
        targetPrincipal,
        targetScopes: [cloudPlatform],
        endpoint: bed.gcp.url,
        ...more,
      }),
    );

  test('needs the right to make tokens for the other account, and gives what that one may do', async () => {
    const source = await bed.account([]);
    const target = await bed.account(['secretmanager.secrets.get']);
    const client = () => read(bed.secretManager(as(source.keyFile, target.email)));
    await expect(client()).rejects.toThrow(
      "PERMISSION_DENIED: unable to impersonate: Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
    );
    bed.gcp.grant(source.email, 'roles/iam.serviceAccountTokenCreator', target.email);
    await client();
    expect((await failureOf(read(bed.secretManager(source)))).status).toBe('PERMISSION_DENIED');
    await expect(read(bed.secretManager(as(source.keyFile, bed.admin.email)))).rejects.toThrow('PERMISSION_DENIED');
    await expect(
      read(bed.secretManager(as(source.keyFile, `nobody@${projectId}.iam.gserviceaccount.com`))),
    ).rejects.toThrow('(or it may not exist)');

    bed.gcp.revoke(source.email, target.email);
    await expect(client()).rejects.toThrow('PERMISSION_DENIED');
  });

  test('lasts as long as asked for, an hour at most', async () => {
    const source = await bed.account(['iam.serviceAccounts.getAccessToken']);
    const target = await bed.account(['secretmanager.secrets.get']);
    const { token } = await as(source.keyFile, target.email, { lifetime: 600 }).getAccessToken();
    const client = bed.secretManager(bed.holding(token ?? ''));
    bed.desk.setClockOffset(9 * minute);
    await read(client);
    bed.desk.setClockOffset(10 * minute);
    expect((await failureOf(read(client))).reason).toBe('ACCESS_TOKEN_EXPIRED');
    bed.desk.setClockOffset(0);
    await expect(as(source.keyFile, target.email, { lifetime: 3601 }).getAccessToken()).rejects.toThrow(
      'INVALID_ARGUMENT',
    );
  });

  test('goes through delegates, each with the right to the next', async () => {
    const [source, middle, target] = await Promise.all([
      bed.account([]),
      bed.account([]),
      bed.account(['secretmanager.secrets.get']),
    ]);
    const delegates = [`projects/-/serviceAccounts/${middle.email}`];
    const client = () => read(bed.secretManager(as(source.keyFile, target.email, { delegates })));
    bed.gcp.grant(source.email, 'roles/iam.serviceAccountTokenCreator', middle.email);
    await expect(client()).rejects.toThrow('PERMISSION_DENIED');
    bed.gcp.grant(middle.email, 'roles/iam.serviceAccountTokenCreator', target.email);
    await client();
    bed.gcp.setAccountEnabled(target.email, false);
    await expect(client()).rejects.toThrow('FAILED_PRECONDITION');
  });

  test('needs its API to be on', async () => {
    bed.gcp.setApiEnabled(projectId, 'iamcredentials.googleapis.com', false);
    const refused = read(bed.secretManager(as(bed.admin.keyFile, bed.admin.email)));
    await expect(refused).rejects.toThrow(
      `IAM Service Account Credentials API has not been used in project ${bed.projectNumber} before or it is disabled.`,
    );
    bed.gcp.setApiEnabled(projectId, 'iamcredentials.googleapis.com', true);
  });
});
