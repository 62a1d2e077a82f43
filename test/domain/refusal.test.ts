import { expect, test } from 'vitest';
import type { SourceItem } from '../../main/domain/item.ts';
import type { SyncRecord } from '../../main/domain/record.ts';
import { refusalOf } from '../../main/domain/refusal.ts';
import { targetServices } from '../../main/domain/service.ts';

const now = Date.UTC(2026, 5, 1);
const day = 86_400_000;
const item: SourceItem = {
  kind: 'certificate',
  vault: 'kv',
  name: 'web',
  enabled: true,
  updatedOn: now,
  tags: {},
  managed: false,
};
const record = (targetService: SyncRecord['targetService']) => ({ targetService }) as SyncRecord;

test('services that keep certificates take only valid ones', () => {
  for (const service of ['acm', 'certificatemanager'] as const) {
    const refused = (change: Partial<SourceItem>) => refusalOf(record(service), { ...item, ...change }, now)?.code;
    expect(refused({})).toBeUndefined();
    expect(refused({ notBefore: now - day, expiresOn: now + day })).toBeUndefined();
    expect(refused({ expiresOn: now })).toBeUndefined();
    expect(refused({ expiresOn: now - 1 })).toBe('certificate-expired');
    expect(refused({ notBefore: now + 1 })).toBe('certificate-not-yet-valid');
  }
});

test('an expired secret or certificate may still go to a service that keeps secrets', () => {
  const secrets = targetServices.filter((service) => service !== 'acm' && service !== 'certificatemanager');
  expect(secrets).toHaveLength(3);
  for (const service of secrets) expect(refusalOf(record(service), { ...item, expiresOn: 0 }, now)).toBeNull();
});
