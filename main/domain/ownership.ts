/** The tag that says which record owns a target. Its value is the record's id. */
export function ownerTag(namespace: string): string {
  return `${namespace}record`;
}

/** The tag that tells a person looking at the target where it comes from: `vault/name`. */
function sourceTag(namespace: string): string {
  return `${namespace}source`;
}

/** The tags a record wants on its target: the marks that it is ours, and the source's own tags if they are copied. */
export function wantedTags(
  namespace: string,
  record: {
    readonly id: string;
    readonly sourceVault: string;
    readonly sourceName: string;
    readonly copyTags: boolean;
  },
  sourceTags: Readonly<Record<string, string>>,
): Record<string, string> {
  const copied = Object.entries(record.copyTags ? sourceTags : {}).filter(([key]) => !isReserved(key, namespace));
  return {
    ...Object.fromEntries(copied),
    [ownerTag(namespace)]: record.id,
    [sourceTag(namespace)]: `${record.sourceVault}/${record.sourceName}`,
  };
}

/**
 * A source's tag that may not be copied: who may tag in the source must not be able to change the marks by which targets are
 * found and owned, whatever a target makes of the key. And a ledger can't keep a key named `__proto__`.
 */
function isReserved(key: string, namespace: string): boolean {
  const bare = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  return key === '__proto__' || bare(key).startsWith(bare(namespace));
}

/** Whether two sets of tags are the same, whatever their order. */
export function sameTags(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
