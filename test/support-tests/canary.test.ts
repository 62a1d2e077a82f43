import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { findForms, findInFolder, keyCanaries, newCanary } from '../support/canary.ts';

describe('the canary search', () => {
  const canary = newCanary();
  const around = (bytes: Buffer | string) =>
    Buffer.concat([Buffer.from('noise \0 '), Buffer.from(bytes), Buffer.from(' noise')]);
  const zipped = () => {
    const header = Buffer.alloc(30);
    header.write('PK\x03\x04', 0, 'latin1');
    return Buffer.concat([header, deflateRawSync(around(canary))]);
  };

  it.each([
    ['as it is', canary],
    ['quoted in JSON', JSON.stringify({ value: canary })],
    ['in hex', Buffer.from(canary).toString('hex')],
    ['in base64', Buffer.from(canary).toString('base64')],
    ['in base64 behind one byte', Buffer.from(`x${canary}`).toString('base64')],
    ['in base64 behind two bytes', Buffer.from(`xy${canary}`).toString('base64')],
    ['in base64url', Buffer.from(`x${canary}`).toString('base64url')],
    ['in a URL', `https://example.com/?q=${encodeURIComponent(canary)}`],
    ['in UTF-16', Buffer.from(canary, 'utf16le')],
    ['gzipped', gzipSync(around(canary))],
    ['in a zip file', zipped()],
  ])('catches a leak %s', (_how, leak) => {
    expect(findForms(canary, around(leak))).not.toEqual([]);
  });

  it.each([
    ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['EC', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ])('catches an %s private key as text and as bytes, and not its public part', (_type, generate) => {
    const { privateKey, publicKey } = generate();
    const [line, bytes] = keyCanaries(privateKey);
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const der = privateKey.export({ format: 'der', type: 'pkcs8' });
    expect(findForms(line, around(JSON.stringify({ pem })))).not.toEqual([]);
    expect(findForms(bytes, around(der))).not.toEqual([]);
    expect(findForms(bytes, around(der.toString('base64')))).not.toEqual([]);
    const open = around(publicKey.export({ format: 'pem', type: 'spki' }));
    for (const secret of [line, bytes]) expect(findForms(secret, open)).toEqual([]);
  });

  it('finds nothing where there is nothing, another canary included', () => {
    expect(findForms(canary, around(JSON.stringify({ value: newCanary() })))).toEqual([]);
  });

  it('names the file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'canary-'));
    writeFileSync(join(folder, 'clean.log'), 'nothing');
    writeFileSync(join(folder, 'leaky.log'), `value=${canary}`);
    expect(findInFolder(canary, folder)).toEqual([expect.stringContaining('leaky.log')]);
    rmSync(folder, { recursive: true });
  });
});
