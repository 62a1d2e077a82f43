import type { Input } from '../../../preload/contract/operations.ts';
import { type TargetServiceView, targetOptions } from '../../../preload/contract/views.ts';
import { text } from './text.ts';

/** What a service can be told, as typed. What belongs to another service stays as it was typed and isn't sent. */
export interface TypedOptions {
  readonly kmsKeyId: string;
  /** Separated by spaces or commas. */
  readonly replicaRegions: string;
  readonly tier: 'standard' | 'advanced' | 'intelligent';
  readonly replication: 'automatic' | 'chosen';
  /** Separated by spaces or commas. */
  readonly replicaLocations: string;
  readonly versions: 'all' | 'newest';
  readonly keepVersions: number | string;
}

export const plainOptions: TypedOptions = {
  kmsKeyId: '',
  replicaRegions: '',
  tier: 'standard',
  replication: 'automatic',
  replicaLocations: '',
  versions: 'all',
  keepVersions: 3,
};

export type OptionField = 'kmsKeyId' | 'replicaRegions' | 'replicaLocations' | 'keepVersions';
type TargetOptions = Input<'records.create'>['records'][number]['options'];

/** Options that are stored, as they would be typed. */
export function typedOptions(options: TargetOptions): TypedOptions {
  const { kmsKeyId = '', replicaRegions = [], tier = plainOptions.tier, replicaLocations, keepVersions } = options;
  return {
    kmsKeyId,
    replicaRegions: replicaRegions.join(', '),
    tier,
    replication: replicaLocations ? 'chosen' : 'automatic',
    replicaLocations: replicaLocations?.join(', ') ?? '',
    versions: keepVersions === undefined ? 'all' : 'newest',
    keepVersions: keepVersions ?? plainOptions.keepVersions,
  };
}

/** A secret that stays in one location has nowhere to be replicated to. */
export function isReplicated(service: TargetServiceView, region: string): boolean {
  return service === 'secretmanager' && region === 'global';
}

/** The options as the service takes them, or what is wrong with the first wrong one. */
export function optionsOf(
  service: TargetServiceView,
  region: string,
  typed: TypedOptions,
): { readonly options: TargetOptions } | { readonly field: OptionField; readonly sentence: string } {
  const wanted = optionsFor(service, region, typed);
  const { replicaRegions = [], replicaLocations } = wanted;
  if (replicaRegions.includes(region)) return { field: 'replicaRegions', sentence: text.problems.replicaIsHome };
  if (replicaLocations?.length === 0) return { field: 'replicaLocations', sentence: text.problems.noLocation };
  for (const field of ['replicaRegions', 'replicaLocations'] as const) {
    if ((wanted[field]?.length ?? 0) > 20) return { field, sentence: text.problems.tooManyPlaces };
  }
  const parsed = targetOptions.safeParse(wanted);
  if (parsed.success) return { options: parsed.data };
  const [{ path, message } = { path: [], message: '' }] = parsed.error.issues;
  const field = (path[0] ?? 'kmsKeyId') as OptionField;
  return { field, sentence: field === 'keepVersions' ? text.problems.keepVersions : message };
}

interface Wanted {
  readonly kmsKeyId?: string;
  readonly replicaRegions?: readonly string[];
  readonly tier?: TypedOptions['tier'];
  readonly replicaLocations?: readonly string[];
  readonly keepVersions?: number | string;
}

function optionsFor(service: TargetServiceView, region: string, typed: TypedOptions): Wanted {
  const kmsKeyId = typed.kmsKeyId.trim();
  const key = kmsKeyId === '' ? {} : { kmsKeyId };
  switch (service) {
    case 'secretsmanager': {
      const replicaRegions = placesIn(typed.replicaRegions);
      return { ...key, ...(replicaRegions.length > 0 ? { replicaRegions } : {}) };
    }
    case 'parameterstore':
      return { ...key, tier: typed.tier };
    case 'secretmanager': {
      const chosen = isReplicated(service, region) && typed.replication === 'chosen';
      return {
        ...(chosen ? { replicaLocations: placesIn(typed.replicaLocations) } : {}),
        ...(typed.versions === 'newest' ? { keepVersions: typed.keepVersions } : {}),
      };
    }
    default:
      return {};
  }
}

/** `us-east-1, eu-west-1` → each once, in the order typed */
function placesIn(typed: string): string[] {
  return [...new Set(typed.split(/[\s,]+/).filter(Boolean))];
}
