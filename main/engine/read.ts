import type { SourceRef } from '../clouds/ports.ts';
import type { SourceValue } from '../domain/item.ts';
import type { Payload } from '../domain/payload.ts';
import type { ApplyContext } from './context.ts';
import { withRetry } from './retry.ts';
import { joined, refsOf } from './several.ts';
import { shaped } from './shape.ts';

/**
 * Reads the source's current value and makes of it what the record writes.
 * @throws Failure: what the source says, or `invalid` if the value is not what the record's shape needs
 */
export async function readShaped({
  row,
  source,
  clock,
  signal,
}: Pick<ApplyContext, 'row' | 'source' | 'clock' | 'signal'>): Promise<{ read: SourceValue; payload: Payload }> {
  const { shape } = row.record;
  const readOne = (ref: SourceRef) => withRetry(clock, signal, (trySignal) => source.read(ref, trySignal));
  const values = await Promise.all(refsOf(row.record).map(readOne));
  const [only] = values;
  if (only && values.length === 1) return { read: only, payload: await shaped(only.payload, shape) };
  const keys = shape.kind === 'json-object' ? [shape.key, ...(shape.more ?? []).map(({ key }) => key)] : [];
  const read = joined(values, keys);
  return { read, payload: read.payload };
}
