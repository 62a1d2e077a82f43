import type { SourceRef } from '../clouds/ports.ts';
import { metadataOf, type SourceItem, type SourceValue } from '../domain/item.ts';
import type { SyncRecord } from '../domain/record.ts';

/** What a record reads: one item, or several secrets of a vault that go into one JSON object together. The record's own first. */
export function refsOf({ sourceKind: kind, sourceVault: vault, sourceName: name, shape }: SyncRecord): SourceRef[] {
  const more = shape.kind === 'json-object' ? (shape.more ?? []) : [];
  return [name, ...more.map((part) => part.name)].map((one) => ({ kind, vault, name: one }));
}

/**
 * Several items as if they were one: it changes whenever any of them does. Tags are those of the record's own; the name is that
 * of the one which can't be read, if there is one.
 */
export function together(items: readonly SourceItem[]): SourceItem | undefined {
  const [first, ...others] = items;
  if (!first || others.length === 0) return first;
  const { version: _version, ...own } = first;
  const versions = items.flatMap(({ version }) => version ?? []);
  return {
    ...own,
    name: (items.find(({ enabled, managed }) => managed || !enabled) ?? first).name,
    enabled: items.every(({ enabled }) => enabled),
    managed: items.some(({ managed }) => managed),
    // Whatever changes later has a later date than any of them has now, or, in the same second, is not settled.
    updatedOn: Math.max(...items.map(({ updatedOn }) => updatedOn)),
    // With dates, unlike the record's own: a part that came back older than the newest would show nowhere else.
    others: others.map((item) => `${item.updatedOn} ${metadataOf(item)}`).join('\n'),
    ...(versions.length === items.length ? { version: versions.join('+') } : {}),
  };
}

/** Several values just read, as one JSON object of texts, under these keys in this order. */
export function joined(values: readonly SourceValue[], keys: readonly string[]): SourceValue {
  const texts = values.map(({ payload }) => {
    if (payload.kind !== 'text') throw new Error('only texts go into a JSON object');
    return payload.text;
  });
  const text = JSON.stringify(Object.fromEntries(keys.map((key, index) => [key, texts[index] ?? ''])));
  return {
    payload: { kind: 'text', text },
    version: values.map(({ version }) => version).join('+'),
    updatedOn: Math.max(...values.map(({ updatedOn }) => updatedOn)),
  };
}
