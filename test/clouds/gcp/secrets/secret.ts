import { randomBytes } from 'node:crypto';
import { crc32c } from './crc32c.ts';

export type VersionState = 'ENABLED' | 'DISABLED' | 'DESTROYED';

export interface Version {
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Gone once the version is destroyed. */
  data: Buffer | undefined;
  readonly crc32c: number;
  readonly checksumGiven: boolean;
  state: VersionState;
  etag: string;
  destroyedAt: number | undefined;
  /** When a version whose destruction was asked for is destroyed, milliseconds since the epoch. */
  destroyAt: number | undefined;
}

/** Where the payload is kept, as the creator said; undefined for a regional secret, which is kept in its region. */
export type Replication =
  | { readonly automatic: object }
  | { readonly userManaged: { readonly replicas: readonly { readonly location: string }[] } };

/** One secret with all its versions. */
export class Secret {
  readonly projectNumber: string;
  /** Undefined for a global secret. */
  readonly location: string | undefined;
  readonly id: string;
  readonly replication: Replication | undefined;
  readonly createdAt: number;
  labels: Readonly<Record<string, string>> = {};
  annotations: Readonly<Record<string, string>> = {};
  versionAliases: Readonly<Record<string, number>> = {};
  versionDestroyTtlSeconds: number | undefined;
  /** Milliseconds since the epoch. */
  expireAt: number | undefined;
  etag = newEtag();
  /** Oldest first; their numbers are without gaps. */
  readonly versions: Version[] = [];

  constructor(
    place: Pick<Secret, 'projectNumber' | 'location' | 'id'>,
    replication: Replication | undefined,
    createdAt: number,
  ) {
    this.projectNumber = place.projectNumber;
    this.location = place.location;
    this.id = place.id;
    this.replication = replication;
    this.createdAt = createdAt;
  }

  /** With the number of the project, as Google answers. */
  get name(): string {
    const location = this.location === undefined ? '' : `/locations/${this.location}`;
    return `projects/${this.projectNumber}${location}/secrets/${this.id}`;
  }

  addVersion(data: Buffer, checksumGiven: boolean, now: number): Version {
    const version: Version = {
      number: this.versions.length + 1,
      createdAt: now,
      data,
      crc32c: crc32c(data),
      checksumGiven,
      state: 'ENABLED',
      etag: newEtag(),
      destroyedAt: undefined,
      destroyAt: undefined,
    };
    this.versions.push(version);
    return version;
  }

  /** The version by number or alias; `latest` is the one created last, whatever has become of it. */
  version(numberOrAlias: string, now: number): Version | undefined {
    const version =
      numberOrAlias === 'latest'
        ? this.versions.at(-1)
        : this.versions[(this.versionAliases[numberOrAlias] ?? Number(numberOrAlias)) - 1];
    if (version !== undefined) finishDestruction(version, now);
    return version;
  }

  /** All of them, newest first. */
  newestFirst(now: number): Version[] {
    for (const version of this.versions) finishDestruction(version, now);
    return this.versions.toReversed();
  }
}

/** The payload is gone for good; the version remains. */
export function destroy(version: Version, now: number): void {
  version.state = 'DESTROYED';
  version.data = undefined;
  version.destroyedAt = now;
  version.destroyAt = undefined;
}

function finishDestruction(version: Version, now: number): void {
  if (version.destroyAt !== undefined && version.destroyAt <= now) destroy(version, version.destroyAt);
}

/** With its quotes, which are part of it: https://google.aip.dev/154 */
export function newEtag(): string {
  return `"${randomBytes(7).toString('hex')}"`;
}
