import { randomUUID } from 'node:crypto';

/** What is wrong with a key id, in the words of KMS, which the services wrap in their own. */
export class KeyProblem extends Error {}

/** The customer managed keys of the account. Nothing is encrypted; what counts is that a key is there, and who may use it. */
export class KmsKeys {
  private readonly aliases = new Map<string, string>();
  private readonly arns = new Set<string>();
  private readonly accountId: string;

  constructor(accountId: string) {
    this.accountId = accountId;
  }

  /**
   * @param alias with `alias/` in front
   * @returns the ARN of the new key
   */
  add(region: string, alias?: string): string {
    const arn = `${this.prefix(region)}key/${randomUUID()}`;
    this.arns.add(arn);
    if (alias !== undefined) this.aliases.set(`${this.prefix(region)}${alias}`, arn);
    return arn;
  }

  remove(arn: string): void {
    if (!this.arns.delete(arn)) throw new Error('no such key');
  }

  /**
   * The ARN of the key that an id, an alias or the ARN of either means.
   * @throws KeyProblem
   */
  resolve(region: string, id: string): string {
    const prefix = this.prefix(region);
    if (id.startsWith('arn:') && !id.startsWith(prefix)) throw new KeyProblem(`Invalid arn ${id.split(':')[3] ?? ''}`);
    const arn = id.startsWith('arn:') ? id : id.startsWith('alias/') ? `${prefix}${id}` : `${prefix}key/${id}`;
    if (arn.startsWith(`${prefix}alias/`)) {
      const target = this.aliases.get(arn);
      if (target === undefined || !this.arns.has(target)) throw new KeyProblem(`Alias ${arn} is not found.`);
      return target;
    }
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(arn.slice(`${prefix}key/`.length))) {
      throw new KeyProblem(`Invalid keyId '${id}'`);
    }
    if (!this.arns.has(arn)) throw new KeyProblem(`Key '${arn}' does not exist`);
    return arn;
  }

  private prefix(region: string): string {
    return `arn:aws:kms:${region}:${this.accountId}:`;
  }
}
