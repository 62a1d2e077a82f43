import {
  DescribeSecretCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf, startTestbed, type Testbed } from '../clouds/aws/testbed.ts';
import { send } from '../clouds/kernel/request.ts';

let bed: Testbed;
beforeAll(async () => {
  bed = await startTestbed();
});
afterAll(() => bed.close());

interface Signed {
  headers: Record<string, string>;
  path: string;
  body: Uint8Array;
}

/** Changes each request after it was signed. */
function tamper(client: SecretsManagerClient, change: (request: Signed) => void): SecretsManagerClient {
  client.middlewareStack.add(
    (next) => (args) => {
      change(args.request as Signed);
      return next(args);
    },
    { step: 'deserialize' },
  );
  return client;
}

function editAuthorization(client: SecretsManagerClient, edit: (header: string) => string): SecretsManagerClient {
  return tamper(client, ({ headers }) => {
    const name = Object.keys(headers).find((key) => key.toLowerCase() === 'authorization') ?? '';
    headers[name] = edit(headers[name] ?? '');
  });
}

const mismatch = {
  code: 'InvalidSignatureException',
  message:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  status: 400,
};

describe('a right signature', () => {
  test('tells STS who is asking, without any permission', async () => {
    const key = bed.aws.addAccessKey({
      policy: { Version: '2012-10-17', Statement: { Effect: 'Deny', Action: '*', Resource: '*' } },
      userName: 'nobody',
    });
    const identity = await bed.sts(key).send(new GetCallerIdentityCommand({}));
    expect(identity.Account).toBe('123456789012');
    expect(identity.Arn).toBe('arn:aws:iam::123456789012:user/nobody');
    expect(identity.Arn).toBe(key.userArn);
    expect(identity.UserId).toMatch(/^AIDA[A-Z2-7]{17}$/);
    expect(identity.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('opens Secrets Manager, whatever path the endpoint has', async () => {
    for (const path of ['', '/proxy', '/a%20b/%C3%A9~(1)/']) {
      const listed = await bed.secretsManager(bed.admin, 'eu-west-1', path).send(new ListSecretsCommand({}));
      expect(listed.SecretList).toEqual([]);
    }
  });

  test('covers a query, in whatever order it is sent', async () => {
    const client = bed.secretsManager();
    client.middlewareStack.add(
      (next) => (args) => {
        (args.request as { query: object }).query = { b: 'x y', 'a-b': '', a: ['2', '1'] };
        return next(args);
      },
      { step: 'build' },
    );
    expect((await client.send(new ListSecretsCommand({}))).SecretList).toEqual([]);
  });
});

describe('a wrong signature', () => {
  test('of another secret key is told apart from an unknown key, in the words of each service', async () => {
    const other = bed.aws.addAccessKey({ policy: { Version: '2012-10-17', Statement: [] } });
    const wrongSecret = { accessKeyId: bed.admin.accessKeyId, secretAccessKey: other.secretAccessKey };
    const unknownKey = { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: bed.admin.secretAccessKey };
    const describeIt = new DescribeSecretCommand({ SecretId: 'x' });
    const whoAmI = new GetCallerIdentityCommand({});

    expect(await failureOf(bed.secretsManager(wrongSecret).send(describeIt))).toEqual(mismatch);
    expect(await failureOf(bed.sts(wrongSecret).send(whoAmI))).toEqual({
      ...mismatch,
      code: 'SignatureDoesNotMatch',
      status: 403,
    });
    const invalidToken = 'The security token included in the request is invalid.';
    expect(await failureOf(bed.secretsManager(unknownKey).send(describeIt))).toEqual({
      code: 'UnrecognizedClientException',
      message: invalidToken,
      status: 400,
    });
    expect(await failureOf(bed.sts(unknownKey).send(whoAmI))).toEqual({
      code: 'InvalidClientTokenId',
      message: invalidToken,
      status: 403,
    });
  });

  test('of a disabled key is one of an unknown key, until it is enabled again', async () => {
    const key = bed.aws.addAccessKey({ policy: { Version: '2012-10-17', Statement: [] } });
    const whoAmI = () => bed.sts(key).send(new GetCallerIdentityCommand({}));
    bed.aws.disableAccessKey(key.accessKeyId);
    expect((await failureOf(whoAmI())).code).toBe('InvalidClientTokenId');
    bed.aws.enableAccessKey(key.accessKeyId);
    expect((await whoAmI()).Arn).toBe(key.userArn);
  });

  test('does not cover a changed body, header or path', async () => {
    const put = new PutSecretValueCommand({ SecretId: 'x', SecretString: 'y' });
    const changes: ((request: Signed) => void)[] = [
      (request) => {
        request.body = Uint8Array.from(request.body, (byte) => (byte === 'x'.charCodeAt(0) ? 'z'.charCodeAt(0) : byte));
      },
      (request) => {
        request.headers['x-amz-target'] = 'secretsmanager.DeleteSecret';
      },
      (request) => {
        request.path = '/elsewhere';
      },
    ];
    for (const change of changes) {
      expect(await failureOf(tamper(bed.secretsManager(), change).send(put))).toEqual(mismatch);
    }
  });

  test('with a session token is refused: the stand-in makes no temporary credentials', async () => {
    const session = { ...bed.admin, sessionToken: 'made-up' };
    expect((await failureOf(bed.sts(session).send(new GetCallerIdentityCommand({})))).code).toBe(
      'InvalidClientTokenId',
    );
  });

  test('must be within 15 minutes of the service’s clock', async () => {
    const failures: string[] = [];
    for (const minutes of [16, -16]) {
      bed.desk.setClockOffset(minutes * 60_000);
      const { code, message } = await failureOf(bed.secretsManager().send(new ListSecretsCommand({})));
      failures.push(`${code} ${message}`);
    }
    bed.desk.setClockOffset(14 * 60_000);
    await bed.secretsManager().send(new ListSecretsCommand({}));
    bed.desk.setClockOffset(0);
    const time = String.raw`\d{8}T\d{6}Z`;
    expect(failures[0]).toMatch(
      new RegExp(
        `^InvalidSignatureException Signature expired: ${time} is now earlier than ${time} \\(${time} - 15 min.\\)$`,
      ),
    );
    expect(failures[1]).toMatch(
      new RegExp(
        `^InvalidSignatureException Signature not yet current: ${time} is still later than ${time} \\(${time} \\+ 15 min.\\)$`,
      ),
    );
  });

  test('by a client that corrects its clock from the reply succeeds at the second try', async () => {
    bed.desk.setClockOffset(60 * 60_000);
    const client = bed.secretsManager();
    await failureOf(client.send(new ListSecretsCommand({})));
    await client.send(new ListSecretsCommand({}));
    bed.desk.setClockOffset(0);
  });

  test('must name a region, this service and the day, and sign the host and the date', async () => {
    const list = new ListSecretsCommand({});
    const region = await failureOf(bed.secretsManager(bed.admin, 'us-est-1').send(list));
    expect(region).toEqual({
      code: 'InvalidSignatureException',
      message: "Credential should be scoped to a valid region, not 'us-est-1'. ",
      status: 400,
    });
    const edits: [RegExp | string, string, string][] = [
      ['/secretsmanager/', '/sts/', "Credential should be scoped to correct service: 'secretsmanager'. "],
      [
        'aws4_request',
        'aws5_request',
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. ",
      ],
      [
        /\/\d{8}\//,
        '/20200101/',
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20200101' != ",
      ],
      [/;?\bhost\b/, '', "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."],
      [/;?x-amz-date/, '', "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization."],
      ['AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA1', "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'."],
      [/, Signature=.*/, '', "Authorization header requires 'Signature' parameter."],
    ];
    for (const [from, to, message] of edits) {
      const client = editAuthorization(bed.secretsManager(), (header) => header.replace(from, to));
      expect((await failureOf(client.send(list))).message).toContain(message);
    }
  });

  test('is not left out', async () => {
    const json = await send(bed.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'secretsmanager.ListSecrets', 'content-type': 'application/x-amz-json-1.1' },
      body: '{}',
      caPem: bed.caPem,
    });
    expect([json.status, JSON.parse(json.text)]).toEqual([
      400,
      { __type: 'MissingAuthenticationTokenException', message: 'Request is missing Authentication Token' },
    ]);
    expect(json.headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException');
    const query = await send(bed.url, {
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
      method: 'POST',
      caPem: bed.caPem,
    });
    expect(query.status).toBe(403);
    expect(query.text).toContain('<Code>MissingAuthenticationToken</Code>');
  });

  test('keeps the request from the desk: it has arrived nowhere', async () => {
    bed.desk.clearArrivals();
    await failureOf(bed.secretsManager({ ...bed.admin, secretAccessKey: 'wrong' }).send(new ListSecretsCommand({})));
    expect(bed.desk.arrivals()).toEqual([]);
  });
});
