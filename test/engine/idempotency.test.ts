import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idempotencyKey } from '../../main/engine/idempotency.ts';

describe('idempotency key', () => {
  it('is the same for the same write and has the form of a UUID', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (record, version, rewrite) => {
        const key = idempotencyKey(record, version, rewrite);
        expect(key).toBe(idempotencyKey(record, version, rewrite));
        expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      }),
    );
  });

  it('differs by record, version and rewrite', () => {
    const keys = [
      idempotencyKey('r1', 'v1'),
      idempotencyKey('r2', 'v1'),
      idempotencyKey('r1', 'v2'),
      idempotencyKey('r1', 'v1', 'again'),
      idempotencyKey('r1', 'v1', 'and again'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
