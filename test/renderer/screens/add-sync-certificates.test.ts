import { expect, test } from 'vitest';
import type { CertificateView } from '../../../preload/contract/views.ts';
import { OperationFailure } from '../../../renderer/bridge/call.ts';
import { type Certificate, cannotBeCopied, refusedBy } from '../../../renderer/screens/add-sync/certificates.ts';

const view = (about: Partial<CertificateView> = {}): CertificateView => ({
  subject: 'CN=www',
  names: ['www'],
  keyType: 'EC-P521',
  notBefore: 0,
  notAfter: 1,
  exportable: true,
  problems: [],
  ...about,
});
const known = (details?: CertificateView, failure: OperationFailure | null = null): Certificate => ({
  details,
  failure,
  retry: () => {},
});

test('a certificate whose key never leaves Key Vault, or that nobody could look at, is not copied', () => {
  expect(cannotBeCopied(undefined)).toBeUndefined();
  expect(cannotBeCopied(known())).toBeUndefined();
  expect(cannotBeCopied(known(view()))).toBeUndefined();
  expect(cannotBeCopied(known(view({ exportable: false })))).toContain('never leaves Key Vault');
  const failure = {
    kind: 'denied',
    code: 'denied',
    sentence: 'Azure refused it.',
    fix: 'Ask.',
    reference: '',
  } as const;
  expect(cannotBeCopied(known(undefined, new OperationFailure(failure)))).toBe('Azure refused it. Ask.');
});

test('a service refuses only what breaks its own rules', () => {
  const problems = [
    { service: 'certificatemanager', sentence: 'No P-521.', fix: 'Use P-256.' },
    { service: 'acm', sentence: 'Expired.', fix: '' },
  ] as const;
  const certificates = new Map([
    ['www', known(view({ problems: [...problems] }))],
    ['api', known(view())],
  ]);
  const names = ['api', 'www', 'unknown'];
  expect(refusedBy('certificatemanager', names, certificates)).toEqual([
    { name: 'www', sentence: 'www: No P-521. Use P-256.' },
  ]);
  expect(refusedBy('acm', names, certificates)).toEqual([{ name: 'www', sentence: 'www: Expired.' }]);
  expect(refusedBy('secretsmanager', names, certificates)).toEqual([]);
});
