import { randomInt } from 'node:crypto';
import { Listing } from './listing.ts';
import { Secret } from './secret.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The secrets of one region. */
export class SecretStore {
  readonly listing: Listing;
  readonly region: string;
  private readonly secrets = new Map<string, Secret>();
  private readonly arnPrefix: string;
  private readonly storeOf: (region: string) => SecretStore;

  /** @param storeOf the secrets of another region, for replicas */
  constructor(region: string, accountId: string, storeOf: (region: string) => SecretStore) {
    this.region = region;
    this.listing = new Listing(region);
    this.storeOf = storeOf;
    this.arnPrefix = `arn:aws:secretsmanager:${region}:${accountId}:secret:`;
  }

  /** The ARN of a secret by this name that isn't there (yet), with the random suffix it would get. */
  mintArn(name: string): string {
    const suffix = Array.from({ length: 6 }, () => letters[randomInt(letters.length)]).join('');
    return `${this.arnPrefix}${name}-${suffix}`;
  }

  add(arn: string, name: string, now: number): Secret {
    const secret = new Secret(arn, name, now);
    this.secrets.set(name, secret);
    return secret;
  }

  /** For good, at once. */
  remove(secret: Secret, now: number): void {
    this.secrets.delete(secret.name);
    this.listing.changed(secret, now, true);
  }

  /** To be called after each change to the secret: the listing and the replicas follow. */
  changed(secret: Secret, now: number): void {
    this.listing.changed(secret, now);
    for (const [region, { status }] of secret.replicas) {
      const store = this.storeOf(region);
      const replica = store.get(secret.name, now);
      if (status !== 'InSync' || replica === undefined) continue;
      replica.description = secret.description;
      replica.tags = secret.tags;
      replica.lastChangedAt = secret.lastChangedAt;
      store.changed(replica, now);
    }
  }

  /** Puts a replica into another region, under the same ARN but for the region. */
  addReplica(secret: Secret, region: string, kmsKeyId: string | undefined, now: number): void {
    const store = this.storeOf(region);
    const arn = secret.arn.replace(`:${this.region}:`, `:${region}:`);
    const replica = new Secret(arn, secret.name, now, { secret, region: this.region });
    replica.kmsKeyId = kmsKeyId;
    store.secrets.set(secret.name, replica);
  }

  removeReplica(secret: Secret, region: string, now: number): void {
    const store = this.storeOf(region);
    const replica = store.get(secret.name, now);
    if (replica?.primaryRegion === this.region) store.remove(replica, now);
  }

  /** Whether a name is taken in another region, by a secret or another's replica. */
  isTaken(name: string, region: string, now: number): boolean {
    const there = this.storeOf(region).get(name, now);
    return there !== undefined && there.primaryRegion !== this.region;
  }

  /** Makes room for a replica. */
  clear(name: string, region: string, now: number): void {
    const store = this.storeOf(region);
    const there = store.get(name, now);
    if (there !== undefined) store.remove(there, now);
  }

  /** The secret of this name, unless its recovery window has ended. */
  get(name: string, now: number): Secret | undefined {
    const secret = this.secrets.get(name);
    if (secret?.deletionAt !== undefined && secret.deletionAt <= now) {
      this.remove(secret, now);
      return undefined;
    }
    return secret;
  }

  /**
   * The secret that a SecretId means: a name, an ARN, or an ARN without its suffix. An ARN whose name ends in a hyphen and
   * six characters is taken for a complete one, which is why AWS warns of such names.
   * https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
   */
  find(secretId: string, now: number): Secret | undefined {
    if (!secretId.startsWith('arn:')) return this.get(secretId, now);
    if (!secretId.startsWith(this.arnPrefix)) return undefined;
    const end = secretId.slice(this.arnPrefix.length);
    if (!/-[A-Za-z0-9]{6}$/.test(end)) return this.get(end, now);
    const secret = this.get(end.slice(0, -7), now);
    return secret?.arn === secretId ? secret : undefined;
  }

  /** The ARN that a policy is asked about when there is no such secret. */
  arnOf(secretId: string): string {
    return secretId.startsWith('arn:') ? secretId : `${this.arnPrefix}${secretId}`;
  }

  names(now: number): string[] {
    return [...this.secrets.keys()].filter((name) => this.get(name, now) !== undefined);
  }
}
