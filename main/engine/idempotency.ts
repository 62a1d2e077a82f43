import { createHash } from 'node:crypto';

/**
 * The key of one write, in a UUID's form (Secrets Manager takes 32 to 64 characters and makes it the version id). The same
 * record and source version always give the same key, so that a repeated write makes no second version even where
 * nothing but the record survived.
 * @param rewrite set when this source version was already written once and must be written again over something else: the
 *   first key is spent then, and repeating it would change nothing. Any text that is new for each such rewrite.
 */
export function idempotencyKey(recordId: string, sourceVersion: string, rewrite = ''): string {
  const bytes = createHash('sha256').update([recordId, sourceVersion, rewrite].join('\n')).digest().subarray(0, 16);
  // RFC 9562 §5.8: version 8 is for custom, hash-based UUIDs; the variant bits are 10.
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
