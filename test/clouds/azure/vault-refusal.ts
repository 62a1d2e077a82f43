/** A refusal of the vault itself, in Key Vault's codes and words. */
export class VaultRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly innerCode: string | undefined;

  constructor(status: number, code: string, message: string, innerCode?: string) {
    super(message);
    this.name = 'VaultRefusal';
    this.status = status;
    this.code = code;
    this.innerCode = innerCode;
  }
}

/** What is wrong with a request in itself. */
export function badParameter(message: string): VaultRefusal {
  return new VaultRefusal(400, 'BadParameter', message);
}
