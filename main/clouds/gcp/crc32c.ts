/** The Castagnoli polynomial, bits reversed: RFC 3720, appendix B.4. Node has no CRC32C. */
const polynomial = 0x82f63b78;

/** CRC32C of some bytes, as an unsigned number. */
export function crc32c(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (polynomial & -(sum & 1));
  }
  return (sum ^ 0xffffffff) >>> 0;
}
