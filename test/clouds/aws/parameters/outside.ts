import type { Parameter, ParameterType, Tier } from './parameter.ts';
import { defaultKey } from './scene.ts';
import type { ParameterStore } from './store.ts';

/** A parameter without its values. */
interface ParameterView {
  readonly name: string;
  readonly arn: string;
  readonly type: ParameterType;
  readonly tier: Tier;
  readonly keyId: string | undefined;
  readonly description: string | undefined;
  readonly modifiedBy: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Oldest first. */
  readonly versions: readonly { readonly version: number; readonly labels: readonly string[] }[];
}

/**
 * The account's parameters as somebody sees and changes them who isn't the product: at once, past signatures, policies,
 * limits and the desk. A parameter that must exist and doesn't is an Error.
 */
export interface ParametersOutside {
  names(region: string): string[];
  get(region: string, name: string): ParameterView | undefined;
  /** The value of a version, by default of the latest, decrypted. */
  value(region: string, name: string, version?: number): string | undefined;
  /** Writes a new version, creating a SecureString under AWS's own key if need be. Returns the version. */
  put(region: string, name: string, value: string): number;
  /** Adds or overwrites tags. */
  tag(region: string, name: string, tags: Readonly<Record<string, string>>): void;
  untag(region: string, name: string, keys: readonly string[]): void;
  /** Labels a version, by default the latest. */
  label(region: string, name: string, labels: readonly string[], version?: number): void;
  /** For good: there is no recovery. */
  remove(region: string, name: string): void;
}

/** @param somebody the ARN that the changes are made by */
export function createParametersOutside(
  storeOf: (region: string) => ParameterStore,
  now: () => number,
  somebody: string,
): ParametersOutside {
  function mustFind(region: string, name: string): Parameter {
    const parameter = storeOf(region).get(name);
    if (parameter === undefined) throw new Error(`no parameter ${name} in ${region}`);
    return parameter;
  }

  return {
    names: (region) =>
      storeOf(region)
        .all()
        .map(({ name }) => name),
    get(region, name) {
      const parameter = storeOf(region).get(name);
      if (parameter === undefined) return undefined;
      const { type, tier, keyId, description, modifiedBy } = parameter.latest;
      const versions = parameter.versions.map(({ version, labels }) => ({ version, labels: [...labels] }));
      const { arn, tags } = parameter;
      return {
        name: parameter.name,
        arn,
        type,
        tier,
        keyId,
        description,
        modifiedBy,
        tags: Object.fromEntries(tags),
        versions,
      };
    },
    value(region, name, version) {
      const parameter = storeOf(region).get(name);
      return (version === undefined ? parameter?.latest : parameter?.find(String(version)))?.value;
    },
    put(region, name, value) {
      const store = storeOf(region);
      const parameter = store.get(name) ?? store.draft(name);
      const { type = 'SecureString', tier, keyId, description } = parameter.versions.at(-1) ?? {};
      const version = parameter.write({
        value,
        type,
        tier: tier ?? (Buffer.byteLength(value) > 4096 ? 'Advanced' : 'Standard'),
        keyId: keyId ?? (type === 'SecureString' ? defaultKey : undefined),
        description,
        modifiedAt: now(),
        modifiedBy: somebody,
      });
      store.keep(parameter);
      return version;
    },
    tag(region, name, tags) {
      const parameter = mustFind(region, name);
      for (const [key, value] of Object.entries(tags)) parameter.tags.set(key, value);
    },
    untag(region, name, keys) {
      const parameter = mustFind(region, name);
      for (const key of keys) parameter.tags.delete(key);
    },
    label(region, name, labels, version) {
      const parameter = mustFind(region, name);
      const found = version === undefined ? parameter.latest : parameter.find(String(version));
      if (found === undefined) throw new Error(`no version ${version} of ${name}`);
      parameter.label(found, labels);
    },
    remove: (region, name) => storeOf(region).remove(mustFind(region, name)),
  };
}
