import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { OpenSsl } from '../certificates/openssl.ts';
import { allowing } from '../clouds/aws/testbed.ts';
import { callThroughDoor } from '../clouds/kernel/door.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';

const region = 'eu-central-1';
let clouds: Clouds;
beforeAll(async () => {
  clouds = await startClouds();
});
afterAll(() => clouds.close());

const call = (path: string, ...args: unknown[]) =>
  callThroughDoor(clouds.control, clouds.caPem, `aws.${path}`, ...args);

describe('through the control door', () => {
  test('parameters are written, read, tagged, labelled and removed', async () => {
    expect(await call('parameters.put', region, '/a', 'one')).toBe(1);
    await call('parameters.put', region, '/a', 'two');
    await call('parameters.tag', region, '/a', { x: '1', y: '2' });
    await call('parameters.untag', region, '/a', ['y']);
    await call('parameters.label', region, '/a', ['good'], 1);
    expect(await call('parameters.value', region, '/a')).toBe('two');
    expect(await call('parameters.value', region, '/a', 1)).toBe('one');
    expect(await call('parameters.get', region, '/a')).toMatchObject({
      type: 'SecureString',
      tags: { x: '1' },
      versions: [{ labels: ['good'] }, { labels: [] }],
    });
    await call('parameters.remove', region, '/a');
    expect(await call('parameters.names', region)).toEqual([]);
    await expect(call('parameters.tag', region, '/a', {})).rejects.toThrow('no parameter /a');
  });

  test('certificates are imported, renewed, tagged, put to use and removed', async () => {
    const [one, two] = OpenSsl.use((openssl) => {
      const key = openssl.key();
      const make = () => ({ certificate: openssl.certificate('door.example', { key }).pem, privateKey: key.pem });
      return [make(), make()];
    });
    const arn = await call('certificates.put', region, one);
    await call('certificates.put', region, two, arn);
    await call('certificates.tag', region, arn, { x: '1' });
    await call('certificates.use', region, arn, ['arn:aws:x']);
    expect(await call('certificates.get', region, arn)).toMatchObject({
      domainName: 'door.example',
      tags: { x: '1' },
      inUseBy: ['arn:aws:x'],
      imports: 2,
    });
    expect(await call('certificates.imports', region)).toMatchObject([{ again: false }, { again: true }]);
    const issued = await call('certificates.putIssued', region, one);
    expect(await call('certificates.arns', region)).toEqual([arn, issued]);
    await call('certificates.untag', region, arn, ['x']);
    await call('certificates.remove', region, arn);
    expect(await call('certificates.get', region, arn)).toBeNull();
  });

  test('roles, keys, the portal and quotas are made and set', async () => {
    const trust = { Version: '2012-10-17', Statement: [] };
    const role = await call('addRole', { roleName: 'r', policy: allowing('*', '*'), trust });
    expect(role).toBe('arn:aws:iam::123456789012:role/r');
    await call('removeRole', role);
    const key = await call('addKmsKey', region, 'alias/ours');
    await call('removeKmsKey', key);
    const access = await call('signInToPortal', { roleName: 'Sync', policy: allowing('*', '*') });
    const { accessToken } = z.object({ accessToken: z.string() }).parse(access);
    await call('signOutOfPortal', accessToken);
    await expect(call('signOutOfPortal', accessToken)).rejects.toThrow('nobody is signed in');
    await call('setParameterQuota', { Standard: 1 });
    await call('setCertificateQuota', { importsPerYear: 1 });
    await call('setParameterScanLimit', 5);
    await expect(call('setCertificateQuota', { perYear: 1 })).rejects.toThrow(/Unrecognized key/);
  });
});
