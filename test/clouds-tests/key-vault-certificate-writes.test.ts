import type { KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppCredentials } from '../clouds/azure/index.ts';
import type { Vault } from '../clouds/azure/vault.ts';
import { type CertificateIssuer, createIssuer, type IssuedCertificate } from '../clouds/kernel/certificate-chain.ts';
import { readPfx } from '../clouds/kernel/pfx.ts';
import { send } from '../clouds/kernel/request.ts';
import {
  type AzureWorld,
  certificateClient,
  certificatesIn,
  collect,
  fingerprints,
  secretClient,
  startVault,
  tokenFor,
} from './support.ts';

let world: AzureWorld;
let vault: Vault;
let reader: AppCredentials;
let officer: AppCredentials;
let issuer: CertificateIssuer;
let issued: IssuedCertificate;

beforeAll(async () => {
  ({ world, vault, reader } = await startVault());
  officer = world.azure.addTenantApp();
  world.azure.grant(officer.clientId, 'Key Vault Certificates Officer', 'kv-test');
  issuer = await createIssuer('P-256');
  issued = await issuer.issue();
});
afterAll(() => world.azure.close());

describe('writing', () => {
  /** An import by hand: the library does not send the policy. */
  async function importCertificate(name: string, body: Record<string, unknown>) {
    const token = await tokenFor(world, officer, 'https://vault.azure.net');
    const reply = await send(`${world.azure.vaultUrl('kv-test')}/certificates/${name}/import?api-version=7.4`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      caPem: world.caPem,
    });
    return { status: reply.status, body: JSON.parse(reply.text) as { error?: { code: string; message: string } } };
  }
  const pemPolicy = { secret_props: { contentType: 'application/x-pem-file' } };
  const pkcs8 = (key: KeyObject) => key.export({ format: 'pem', type: 'pkcs8' });

  it('imports PFX and PEM, without the password and the leaf first', async () => {
    const client = certificateClient(world, officer, 'kv-test');
    const pfx = Buffer.from(issued.pfxBase64('p4ss'), 'base64');
    const imported = await client.importCertificate('in-pfx', pfx, { password: 'p4ss', tags: { by: 'import' } });
    expect(imported.policy).toMatchObject({ contentType: 'application/x-pkcs12', exportable: true, keyType: 'EC' });
    expect(imported.properties.tags).toEqual({ by: 'import' });
    expect(vault.find('in-pfx').managed).toBe(true);
    expect(readPfx(Buffer.from(vault.read('in-pfx').found.value, 'base64'), '').certificates).toHaveLength(3);

    const backwards = [issued.root, issued.intermediate, issued.leaf, pkcs8(issued.privateKey)].join('');
    // The library uses the policy only to decide how it encodes the value.
    const policy = { issuerName: 'Unknown', subject: 'CN=x', contentType: 'application/x-pem-file' } as const;
    await client.importCertificate('in-pem', Buffer.from(backwards), { policy });
    const order = (name: string) => fingerprints(certificatesIn(vault.read(name).found.value));
    expect(order('in-pem')).toEqual(fingerprints([issued.leaf, issued.root, issued.intermediate]));
    await client.importCertificate('in-order', Buffer.from(backwards), { policy, preserveCertificateOrder: true });
    expect(order('in-order')).toEqual(fingerprints([issued.root, issued.intermediate, issued.leaf]));
  });

  it('imports as the policy says', async () => {
    const policy = { ...pemPolicy, key_props: { exportable: false, kty: 'EC-HSM', reuse_key: true } };
    const imported = await importCertificate('by-policy', {
      value: issued.pem,
      policy,
      attributes: { enabled: false },
    });
    expect(imported).toMatchObject({ status: 200, body: { attributes: { enabled: false }, policy } });
    expect(vault.find('by-policy').versions[0]?.value).not.toContain('PRIVATE KEY');
  });

  it('refuses what is not a certificate with its key', async () => {
    const other = await issuer.issue();
    const keyOfOther = [pkcs8(other.privateKey), issued.leaf].join('');
    const oldKey = [issued.privateKey.export({ format: 'pem', type: 'sec1' }), issued.leaf].join('');
    const hardware = { ...pemPolicy, key_props: { exportable: true, kty: 'EC-HSM' } };
    for (const [body, message] of [
      [{ value: issued.pfxBase64('p4ss'), pwd: 'wrong' }, /PKCS#12/],
      [{ value: 'rubbish' }, /PKCS#12/],
      [{ value: issued.pfxBase64(), policy: pemPolicy }, /PEM/],
      [{ value: issued.leaf.toString(), policy: pemPolicy }, /Private key is not specified/],
      [{ value: oldKey, policy: pemPolicy }, /Private key is not specified/],
      [{ value: keyOfOther, policy: pemPolicy }, /PEM/],
      [{ value: issued.pem, policy: hardware }, /exportable/],
    ] as const) {
      const { status, body: reply } = await importCertificate('bad', body);
      expect([status, reply.error?.code, reply.error?.message]).toEqual([
        400,
        'BadParameter',
        expect.stringMatching(message),
      ]);
    }
    expect(() => vault.certificates.find('bad')).toThrow(/was not found/);
  });

  it('changes tags and availability', async () => {
    vault.certificates.set('changing', { pem: issued.pem }, { tags: { old: '1' } });
    const client = certificateClient(world, officer, 'kv-test');
    await client.updateCertificateProperties('changing', '', { enabled: false, tags: { new: '2' } });
    const { properties } = await client.getCertificate('changing');
    expect(properties).toMatchObject({ enabled: false, tags: { new: '2' } });
    expect(vault.find('changing').versions[0]).toMatchObject({ enabled: false, tags: { new: '2' } });
  });

  it('deletes softly, with the secret', async () => {
    vault.certificates.set('fleeting', { pem: issued.pem });
    const client = certificateClient(world, officer, 'kv-test');
    const deleted = await (await client.beginDeleteCertificate('fleeting', { intervalInMs: 1 })).pollUntilDone();
    expect(deleted).toMatchObject({ name: 'fleeting', deletedOn: expect.any(Date) });
    expect(vault.listDeleted().map(({ name }) => name)).toContain('fleeting');
    await expect(secretClient(world, reader, 'kv-test').getSecret('fleeting')).rejects.toMatchObject({
      statusCode: 404,
    });
    await expect(client.importCertificate('fleeting', Buffer.from(issued.pfxBase64(), 'base64'))).rejects.toMatchObject(
      {
        statusCode: 409,
      },
    );
    expect((await collect(client.listDeletedCertificates())).map(({ name }) => name)).toContain('fleeting');
    await (await client.beginRecoverDeletedCertificate('fleeting', { intervalInMs: 1 })).pollUntilDone();
    expect((await secretClient(world, reader, 'kv-test').getSecret('fleeting')).value).toBe(issued.pem);
    vault.certificates.remove('fleeting');
    await client.purgeDeletedCertificate('fleeting');
    expect(() => vault.findDeleted('fleeting')).toThrow(/Deleted Secret not found/);
  });
});
