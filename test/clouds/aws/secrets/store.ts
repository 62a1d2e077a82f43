import { randomInt } from 'node:crypto';
import { Listing } from './listing.ts';
import { Secret } from './secret.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The secrets of one region. */
export class SecretStore {
  readonly listing = new Listing();
  private readonly secrets = new Map<string, Secret>();
  private readonly arnPrefix: string;

  constructor(region: string, accountId: string) {
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
