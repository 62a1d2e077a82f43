import { describe, expect, test } from 'vitest';
import { bundleProblems, reimportProblem, targetProblems } from '../../main/certificates/index.ts';
import type { CertificateFacts } from '../../main/domain/certificate.ts';

const now = Date.UTC(2026, 10, 24);
const day = 24 * 60 * 60 * 1000;
const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';

const good: CertificateFacts = {
  keyType: 'RSA-2048',
  subject: 'CN=www.example',
  issuer: 'CN=Issuing',
  names: ['www.example', 'example'],
  serial: '01',
  notBefore: now - day,
  notAfter: now + day,
  fingerprint: '00',
  missingIssuer: null,
  version: 3,
  signatureFamily: 'RSA',
  keyUsages: ['digitalSignature', 'keyEncipherment'],
  extendedKeyUsages: [serverAuth, clientAuth],
  ocspUrls: ['http://ocsp.example'],
};
const ec: Partial<CertificateFacts> = { keyType: 'EC-P256', signatureFamily: 'EC' };

function problems(service: 'acm' | 'certificatemanager', change: Partial<CertificateFacts>): string[] {
  const found = targetProblems({ ...good, ...change }, service, now);
  for (const { sentence, fix } of found) {
    expect(sentence).toMatch(/^[A-Z].*\.$/);
    expect(fix).toMatch(/^[A-Z].*\.$/);
  }
  return found.map(({ code }) => code);
}

describe('what a service takes', () => {
  const types = [
    'RSA-2048',
    'RSA-3072',
    'RSA-4096',
    'RSA-other',
    'EC-P256',
    'EC-P384',
    'EC-P521',
    'EC-P256K',
    'other',
  ] as const;
  test.each([
    ['acm', ['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-P256', 'EC-P384', 'EC-P521']],
    ['certificatemanager', ['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-P256', 'EC-P384']],
  ] as const)('key types of %s', (service, taken) => {
    const family = (type: string) => (type.startsWith('EC') ? 'EC' : 'RSA');
    const clean = types.filter(
      (keyType) => problems(service, { keyType, signatureFamily: family(keyType) }).length === 0,
    );
    expect(clean).toEqual(taken);
    for (const keyType of types.filter((type) => !clean.includes(type)))
      expect(problems(service, { keyType, signatureFamily: family(keyType) })).toEqual(['certificate-key-type']);
  });

  test.each(['acm', 'certificatemanager'] as const)('validity at %s', (service) => {
    expect(problems(service, { notAfter: now })).toEqual([]);
    expect(problems(service, { notAfter: now - 1 })).toEqual(['certificate-expired']);
    expect(problems(service, { notBefore: now })).toEqual([]);
    expect(problems(service, { notBefore: now + 1 })).toEqual(['certificate-not-yet-valid']);
  });

  test.each<[string, Partial<CertificateFacts>, string[]]>([
    ['an RSA key signed by an EC authority', { signatureFamily: 'EC' }, ['certificate-signature-family']],
    ['an EC key signed by an RSA authority', { ...ec, signatureFamily: 'RSA' }, ['certificate-signature-family']],
    ['version 1', { version: 1 }, ['certificate-version']],
    ['no issuer', { issuer: '' }, ['certificate-issuer']],
    ['an OCSP address of 1,000 characters', { ocspUrls: ['x'.repeat(1_000)] }, []],
    ['an OCSP address of 1,001 characters', { ocspUrls: ['x', 'x'.repeat(1_001)] }, ['certificate-ocsp-url']],
    [
      'all at once',
      { notAfter: 0, keyType: 'other', version: 1 },
      ['certificate-expired', 'certificate-key-type', 'certificate-version'],
    ],
  ])('%s', (_, change, codes) => {
    expect(problems('acm', change)).toEqual(codes);
  });

  test.each([
    ['privateKey', 5_120],
    ['leaf', 32_768],
    ['chain', 2 * 1024 * 1024],
  ] as const)('size of the %s', (part, limit) => {
    const codes = (service: 'acm' | 'certificatemanager', bytes: number) => {
      const text = 'x'.repeat(bytes);
      const bundle = { leaf: 'x', chain: ['x'], root: null, privateKey: 'x', facts: good };
      const changed = { ...bundle, [part]: part === 'chain' ? [text.slice(1), 'x'] : text };
      return bundleProblems(changed, service, now).map(({ code }) => code);
    };
    expect(codes('acm', limit)).toEqual([]);
    expect(codes('acm', limit + 1)).toEqual(['certificate-too-large']);
    expect(codes('certificatemanager', limit + 1)).toEqual([]);
  });
});

describe('importing again under the same ARN', () => {
  test.each<[string, Partial<CertificateFacts>, Partial<CertificateFacts>, string | undefined]>([
    ['nothing but dates', {}, { notAfter: now + 90 * day, serial: '02' }, undefined],
    ['another key size', {}, { keyType: 'RSA-4096' }, 'key-type'],
    ['another kind of key', {}, ec, 'key-type'],
    ['a key usage more', {}, { keyUsages: ['digitalSignature', 'keyEncipherment', 'dataEncipherment'] }, undefined],
    ['a key usage less', {}, { keyUsages: ['digitalSignature'] }, 'key-usage-removed'],
    ['no key usage', {}, { keyUsages: null }, 'key-usage-removed'],
    ['key usages where none were', { keyUsages: null }, {}, 'key-usage-added'],
    ['still no key usages', { keyUsages: null }, { keyUsages: null }, undefined],
    ['keyEncipherment less, EC', ec, { ...ec, keyUsages: ['digitalSignature'] }, undefined],
    ['digitalSignature less, EC', ec, { ...ec, keyUsages: ['keyEncipherment'] }, 'key-usage-removed'],
    ['client authentication less', {}, { extendedKeyUsages: [serverAuth] }, undefined],
    ['server authentication less', {}, { extendedKeyUsages: [clientAuth] }, 'extended-key-usage-removed'],
    ['an extended key usage more', {}, { extendedKeyUsages: [serverAuth, clientAuth, '1.2.3'] }, undefined],
    ['extended key usages where none were', { extendedKeyUsages: null }, {}, 'extended-key-usage-added'],
    ['a name less, one more', {}, { names: ['example', 'new.example'] }, undefined],
    ['other names', {}, { names: ['new.example'] }, 'names'],
    ['no names', {}, { names: [] }, 'names'],
    ['names where none were', { names: [] }, {}, undefined],
  ])('%s', (_, before, after, code) => {
    const problem = reimportProblem({ ...good, ...before }, { ...good, ...after });
    expect(problem?.code).toBe(code && `certificate-reimport-${code}`);
    if (problem) expect(`${problem.sentence}\n${problem.fix}`).toMatch(/^[A-Z].*\.\n[A-Z].*\.$/);
  });
});
