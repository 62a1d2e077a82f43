import type { CertificateDescription, SourceItem } from '../domain/item.ts';
import { type DiscoverDeps, discoverCertificates } from './discover.ts';
import { sourceKey } from './source-index.ts';

/** More certificates than anybody has in the vaults of one app; a bound all the same. */
const most = 50_000;

/** What was told of certificates, so that a scan asks only for those that changed since. */
export class CertificateMemory {
  readonly #deps: DiscoverDeps;
  readonly #signal: AbortSignal;
  readonly #told = new Map<string, { readonly updatedOn: number; readonly description: CertificateDescription }>();

  constructor(deps: DiscoverDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
  }

  /** In the order asked; undefined for one that is gone. */
  async describe(connectionId: string, items: readonly SourceItem[]): Promise<(CertificateDescription | undefined)[]> {
    const keyOf = ({ vault, kind, name }: SourceItem) => sourceKey(connectionId, vault, kind, name);
    const unknown = items.filter((item) => this.#told.get(keyOf(item))?.updatedOn !== item.updatedOn);
    if (unknown.length > 0) {
      if (this.#told.size + unknown.length > most) this.#told.clear();
      const described = await discoverCertificates(this.#deps, connectionId, unknown, this.#signal);
      for (const [index, item] of unknown.entries()) {
        const description = described[index];
        if (description) this.#told.set(keyOf(item), { updatedOn: item.updatedOn, description });
        else this.#told.delete(keyOf(item));
      }
    }
    return items.map((item) => this.#told.get(keyOf(item))?.description);
  }
}
