import { createPrivateKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppCredentials } from '../clouds/azure/index.ts';
import type { Vault } from '../clouds/azure/vault.ts';
import { type CertificateIssuer, createIssuer, type IssuedCertificate } from '../clouds/kernel/certificate-chain.ts';
import { readPfx } from '../clouds/kernel/pfx.ts';
import {
  type AzureWorld,
  certificateClient,
  certificatesIn,
  collect,
  fingerprints,
  secretClient,
  startVault,
} from './support.ts';

let world: AzureWorld;
let vault: Vault;
let reader: AppCredentials;
let user: AppCredentials;
let officer: AppCredentials;
let issuer: CertificateIssuer;
let issued: IssuedCertificate;

beforeAll(async () => {
  ({ world, vault, reader } = await startVault());
  user = world.azure.addTenantApp();
  officer = world.azure.addTenantApp();
  world.azure.grant(user.clientId, 'Key Vault Certificate User', 'kv-test');
  world.azure.grant(officer.clientId, 'Key Vault Certificates Officer', 'kv-test');
  issuer = await createIssuer('P-256');
  issued = await issuer.issue({
    commonName: 'www.contoso.example',
    dnsNames: ['www.contoso.example', 'contoso.example'],
  });
});
afterAll(() => world.azure.close());

describe('a certificate', () => {
  it('reads with its public part, its policy, and where its secret and key are', async () => {
    const { version } = vault.certificates.set('full', { pem: issued.pem }, { tags: { env: 'test' }, reuseKey: true });
    const certificate = await certificateClient(world, user, 'kv-test').getCertificate('full');
    const url = world.azure.vaultUrl('kv-test');
    expect(certificate).toMatchObject({
      name: 'full',
      keyId: `${url}/keys/full/${version}`,
      secretId: `${url}/secrets/full/${version}`,
      properties: {
        version,
        enabled: true,
        tags: { env: 'test' },
        notBefore: new Date(issued.leaf.validFrom),
        expiresOn: new Date(issued.leaf.validTo),
        x509ThumbprintString: issued.leaf.fingerprint.replaceAll(':', '').toLowerCase(),
        recoverableDays: 90,
      },
      policy: {
        contentType: 'application/x-pem-file',
        keyType: 'EC',
        keyCurveName: 'P-256',
        keySize: 256,
        exportable: true,
        reuseKey: true,
        issuerName: 'Unknown',
        subject: 'CN=www.contoso.example',
        subjectAlternativeNames: { dnsNames: ['www.contoso.example', 'contoso.example'] },
        enhancedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
        validityInMonths: 3,
      },
    });
    expect(Buffer.from(certificate.cer ?? [])).toEqual(issued.leaf.raw);
  });

  it.each(['RSA-2048', 'P-384', 'P-521'] as const)('may have a key of the type %s', async (keyType) => {
    const { leaf, pfxBase64 } = await (await createIssuer(keyType)).issue();
    vault.certificates.set(`of-${keyType}`, { pfxBase64: pfxBase64() });
    const { policy, cer } = await certificateClient(world, user, 'kv-test').getCertificate(`of-${keyType}`);
    const expected =
      keyType === 'RSA-2048' ? { keyType: 'RSA', keySize: 2048 } : { keyType: 'EC', keyCurveName: keyType };
    expect(policy).toMatchObject({ ...expected, contentType: 'application/x-pkcs12' });
    expect(Buffer.from(cer ?? [])).toEqual(leaf.raw);
  });

  it('has versions, of which the last made is the current one', async () => {
    const renewed = await issuer.issue();
    const first = vault.certificates.set('renewed', { pem: issued.pem }).version;
    const second = vault.certificates.set('renewed', { pem: renewed.pem }).version;
    const client = certificateClient(world, user, 'kv-test');
    expect((await client.getCertificate('Renewed')).properties.version).toBe(second);
    const old = await client.getCertificateVersion('renewed', first);
    expect(Buffer.from(old.cer ?? [])).toEqual(issued.leaf.raw);
    const versions = await collect(client.listPropertiesOfCertificateVersions('renewed'));
    expect(versions.map(({ version }) => version)).toEqual([first, second].sort());
    await expect(client.getCertificateVersion('renewed', '0'.repeat(32))).rejects.toMatchObject({ statusCode: 404 });
  });

  it('that never was is not found', async () => {
    await expect(certificateClient(world, user, 'kv-test').getCertificate('never')).rejects.toMatchObject({
      statusCode: 404,
      code: 'CertificateNotFound',
      message: expect.stringContaining('A certificate with (name/id) never was not found in this key vault.'),
    });
  });

  it('is listed without its version, with its thumbprint and its end, 25 on a page', async () => {
    const many = await world.azure.addVault('kv-many');
    world.azure.grant(user.clientId, 'Key Vault Certificate User', 'kv-many');
    for (let i = 0; i < 30; i += 1) many.certificates.set(`tls-${i}`, { pem: issued.pem }, { tags: { i: String(i) } });
    world.desk.clearArrivals();
    const listed = await collect(certificateClient(world, user, 'kv-many').listPropertiesOfCertificates());
    expect(world.desk.arrivals({ name: 'ListCertificates' })).toHaveLength(2);
    expect(listed).toHaveLength(30);
    const one = listed.find(({ name }) => name === 'tls-7');
    expect(one).toMatchObject({ tags: { i: '7' }, expiresOn: new Date(issued.leaf.validTo), enabled: true });
    expect(one?.version).toBeUndefined();
    expect(Buffer.from(one?.x509Thumbprint ?? []).toString('hex')).toBe(
      issued.leaf.fingerprint.replaceAll(':', '').toLowerCase(),
    );
  });
});

describe('the secret of a certificate', () => {
  it('is managed, of the same name and version, and holds the PEM with the key', async () => {
    const { version } = vault.certificates.set('with-pem', { pem: issued.pem });
    const client = secretClient(world, user, 'kv-test');
    const secret = await client.getSecret('with-pem', { version });
    expect(secret.value).toBe(issued.pem);
    expect(secret.properties).toMatchObject({
      version,
      managed: true,
      contentType: 'application/x-pem-file',
      certificateKeyId: `${world.azure.vaultUrl('kv-test')}/keys/with-pem/${version}`,
      expiresOn: new Date(issued.leaf.validTo),
    });
    const listed = (await collect(client.listPropertiesOfSecrets())).find(({ name }) => name === 'with-pem');
    expect(listed?.managed).toBe(true);
  });

  it('is a PFX with a blank password, which the service converts to PEM from API 2025-07-01 on', async () => {
    vault.certificates.set('with-pfx', { pfxBase64: issued.pfxBase64('pass', '3des'), password: 'pass' });
    const asked = async (serviceVersion: string, outContentType?: string) => {
      // The type of the option knows no other format than PEM; the wire takes any.
      const options =
        outContentType === undefined ? {} : { outContentType: outContentType as 'application/x-pem-file' };
      return await secretClient(world, user, 'kv-test', { serviceVersion } as object).getSecret('with-pfx', options);
    };
    const plain = await asked('2025-07-01');
    expect(plain.properties.contentType).toBe('application/x-pkcs12');
    const content = readPfx(Buffer.from(plain.value ?? '', 'base64'), '');
    expect(content.privateKey?.equals(issued.privateKey)).toBe(true);
    expect(fingerprints(content.certificates)).toEqual(fingerprints([issued.leaf, issued.intermediate, issued.root]));

    const pem = await asked('2025-07-01', 'application/x-pem-file');
    expect(pem.properties.contentType).toBe('application/x-pem-file');
    expect(createPrivateKey(pem.value ?? '').equals(issued.privateKey)).toBe(true);
    expect(fingerprints(certificatesIn(pem.value ?? ''))).toEqual(fingerprints(content.certificates));
    expect((await asked('7.4', 'application/x-pem-file')).value).toBe(plain.value);
    await expect(asked('2025-07-01', 'application/json')).rejects.toMatchObject({ statusCode: 400 });
  });

  it.each([
    ['a key that may not leave the vault', { exportable: false }, 'EC'],
    ['a key in a hardware module', { hsm: true }, 'EC-HSM'],
  ])('holds certificates only for %s', async (_, options, keyType) => {
    for (const [name, source] of [
      ['held-pfx', { pfxBase64: issued.pfxBase64() }],
      ['held-pem', { pem: issued.pem }],
    ] as const) {
      vault.certificates.set(name, source, options);
      const { policy } = await certificateClient(world, user, 'kv-test').getCertificate(name);
      expect(policy).toMatchObject({ exportable: false, keyType });
      const { value = '' } = await secretClient(world, user, 'kv-test').getSecret(name);
      const isPfx = name === 'held-pfx';
      const content = isPfx ? readPfx(Buffer.from(value, 'base64'), '') : { certificates: certificatesIn(value) };
      expect(fingerprints(content.certificates)).toEqual(fingerprints([issued.leaf, issued.intermediate, issued.root]));
      expect('privateKey' in content).toBe(false);
      expect(value).not.toContain('PRIVATE KEY');
    }
  });

  it('is disabled with it', async () => {
    vault.certificates.set('off', { pem: issued.pem }, { enabled: false });
    expect((await certificateClient(world, user, 'kv-test').getCertificate('off')).properties.enabled).toBe(false);
    await expect(secretClient(world, user, 'kv-test').getSecret('off')).rejects.toMatchObject({
      statusCode: 403,
      details: { error: { innerError: { code: 'SecretDisabled' } } },
    });
    vault.certificates.update('off', { enabled: true });
    expect((await secretClient(world, user, 'kv-test').getSecret('off')).value).toBe(issued.pem);
  });

  it('can be set and deleted only as a certificate', async () => {
    vault.certificates.set('owned', { pem: issued.pem });
    const secretsOfficer = world.azure.addTenantApp();
    world.azure.grant(secretsOfficer.clientId, 'Key Vault Secrets Officer', 'kv-test');
    const client = secretClient(world, secretsOfficer, 'kv-test');
    const refusal = { statusCode: 403, details: { error: { innerError: { code: 'SecretManagedByKeyVault' } } } };
    await expect(client.setSecret('owned', 'v')).rejects.toMatchObject(refusal);
    await expect(client.beginDeleteSecret('OWNED')).rejects.toMatchObject(refusal);
    vault.certificates.remove('owned');
    await expect(client.purgeDeletedSecret('owned')).rejects.toMatchObject(refusal);
    await expect(client.setSecret('owned', 'v')).rejects.toMatchObject({ statusCode: 409 });
    vault.set('taken', 'v');
    expect(() => vault.certificates.set('taken', { pem: issued.pem })).toThrow(/already exists/);
  });
});

describe('roles', () => {
  it('tell certificates, secrets and the vault itself apart', async () => {
    vault.certificates.set('roles', { pem: issued.pem });
    const metadata = world.azure.addTenantApp();
    const armReader = world.azure.addTenantApp();
    world.azure.grant(metadata.clientId, 'Key Vault Reader', 'kv-test');
    world.azure.grant(armReader.clientId, 'Reader', 'kv-test');
    const may = async (app: AppCredentials) => {
      const outcomes = await Promise.allSettled([
        collect(certificateClient(world, app, 'kv-test').listPropertiesOfCertificates()),
        certificateClient(world, app, 'kv-test').getCertificate('roles'),
        secretClient(world, app, 'kv-test').getSecret('roles'),
        certificateClient(world, app, 'kv-test').updateCertificateProperties('roles', '', { tags: {} }),
      ]);
      return outcomes.map(({ status }) => status === 'fulfilled');
    };
    expect(await may(user)).toEqual([true, true, true, false]);
    expect(await may(metadata)).toEqual([true, true, false, false]);
    expect(await may(reader)).toEqual([false, false, true, false]);
    expect(await may(armReader)).toEqual([false, false, false, false]);
    expect(await may(officer)).toEqual([true, true, false, true]);
    await expect(certificateClient(world, reader, 'kv-test').getCertificate('roles')).rejects.toMatchObject({
      statusCode: 403,
      message: expect.stringContaining("Action: 'Microsoft.KeyVault/vaults/certificates/read'"),
    });
  });
});
