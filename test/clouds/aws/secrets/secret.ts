import { AwsFailure } from '../failure.ts';

export type SecretValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary'; readonly bytes: Buffer };

export interface Version {
  readonly id: string;
  readonly value: SecretValue;
  /** Milliseconds since the epoch, like every time here. */
  readonly createdAt: number;
  readonly stages: string[];
  lastAccessedAt?: number;
}

/** How a secret's copy in another region stands. */
export interface Replica {
  readonly kmsKeyId: string;
  readonly status: 'InSync' | 'Failed';
  readonly message: string;
}

const current = 'AWSCURRENT';
const previous = 'AWSPREVIOUS';
export const day = 24 * 60 * 60 * 1000;
/** "Secrets Manager keeps 100 of the most recent versions, but it keeps all created in the last 24 hours": PutSecretValue. */
const keptVersions = 100;
/**
 * The quota on versions is published as "about 100" only. This is one every 10 minutes for 24 hours, the pace that
 * PutSecretValue's documentation names as the one that doesn't reach the quota.
 */
const versionQuota = 144;
const maxStages = 20;

/** One secret: its metadata, its versions, and the rules by which staging labels move. */
export class Secret {
  readonly arn: string;
  readonly name: string;
  readonly createdAt: number;
  lastChangedAt: number;
  lastAccessedAt: number | undefined;
  description: string | undefined;
  kmsKeyId: string | undefined;
  /** Undefined until there was a tag; AWS tells "never tagged" and "no tags left" apart. */
  tags: Map<string, string> | undefined;
  /** The end of the recovery window of a secret that is to be deleted. */
  deletionAt: number | undefined;
  /** Oldest first. A replica has its primary's. */
  readonly versions: Map<string, Version>;
  /** The region of the secret that this one is a replica of. */
  readonly primaryRegion: string | undefined;
  /** By region. */
  readonly replicas = new Map<string, Replica>();

  constructor(arn: string, name: string, now: number, primary?: { readonly secret: Secret; readonly region: string }) {
    this.arn = arn;
    this.name = name;
    this.versions = primary?.secret.versions ?? new Map();
    this.primaryRegion = primary?.region;
    this.createdAt = now;
    this.lastChangedAt = now;
  }

  /**
   * Adds a version under these staging labels. The first version of a secret gets AWSCURRENT in any case.
   * @throws AwsFailure LimitExceededException
   */
  addVersion(id: string, value: SecretValue, stages: readonly string[], now: number): Version {
    this.dropOutdatedVersions(now);
    if (this.versions.size >= versionQuota) {
      throw new AwsFailure('LimitExceededException', 'The request would exceed the quota for versions of a secret.');
    }
    const wanted = new Set(this.versions.size === 0 ? [current, ...stages] : stages);
    if (wanted.size > maxStages) throw tooManyStages();
    const version: Version = { id, value, createdAt: now, stages: [] };
    this.versions.set(id, version);
    for (const stage of wanted) this.moveStage(stage, version);
    this.lastChangedAt = now;
    return version;
  }

  versionAt(stage: string): Version | undefined {
    return [...this.versions.values()].find(({ stages }) => stages.includes(stage));
  }

  /**
   * Takes a label from whatever version has it and gives it to another, or to none. When AWSCURRENT moves, AWSPREVIOUS
   * goes to the version that it left.
   * @throws AwsFailure LimitExceededException
   */
  moveStage(stage: string, to: Version | undefined): void {
    const from = this.versionAt(stage);
    if (from === to) return;
    if (to !== undefined && to.stages.length >= maxStages) throw tooManyStages();
    from?.stages.splice(from.stages.indexOf(stage), 1);
    to?.stages.push(stage);
    if (stage === current && from !== undefined) this.moveStage(previous, from);
  }

  /** The labelled versions: what DescribeSecret and ListSecrets tell. */
  labelledVersions(): Record<string, string[]> {
    const labelled = [...this.versions.values()].filter(({ stages }) => stages.length > 0);
    return Object.fromEntries(labelled.map(({ id, stages }) => [id, [...stages]]));
  }

  private dropOutdatedVersions(now: number): void {
    const newestFirst = [...this.versions.values()].reverse();
    for (const version of newestFirst.slice(keptVersions)) {
      if (version.stages.length === 0 && now - version.createdAt > day) this.versions.delete(version.id);
    }
  }
}

function tooManyStages(): AwsFailure {
  return new AwsFailure('LimitExceededException', `A version can have at most ${maxStages} staging labels.`);
}

export function sameValue(a: SecretValue, b: SecretValue): boolean {
  if (a.kind === 'text') return b.kind === 'text' && a.text === b.text;
  return b.kind === 'binary' && a.bytes.equals(b.bytes);
}
