import { X509Certificate } from 'node:crypto';
import { Failure } from '../domain/failure.ts';
import type { OperationDeps } from './deps.ts';

/**
 * Asks the person outside the window: what is shown there can't be answered by whatever runs in the window.
 * @param detail says who gets what, with names and addresses
 * @throws Failure `cancelled` if they say no
 */
export async function confirmed(
  { confirm }: Pick<OperationDeps, 'confirm'>,
  detail: string,
  question: string,
): Promise<void> {
  if (await confirm(question, detail)) return;
  throw new Failure({
    kind: 'cancelled',
    code: 'not-confirmed',
    sentence: 'It was not confirmed, so nothing was changed.',
    fix: 'Save again, and confirm it in the dialog that opens.',
  });
}

/** Asks whether copies may be deleted with their sources. @param records which, as the begin of a sentence */
export async function confirmFollowing(deps: Pick<OperationDeps, 'confirm'>, records: string): Promise<void> {
  await confirmed(
    deps,
    `${records} will follow deletions: when a source is deleted in Azure, its copy in AWS or GCP is deleted too, in a way that can be taken back for some days. More than 10 deletions in a day that are more than 10 % of the records that follow stop and ask.`,
    'Let copies be deleted with their sources?',
  );
}

/** The authorities of a CA bundle, in words that tell one from another: name and the begin of the SHA-256. */
export function authoritiesIn(bundle: string): string {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => nameIn(block)).join(', ');
}

function nameIn(block: string): string {
  try {
    const { subject, fingerprint256 } = new X509Certificate(block);
    // Names are free text: shown without what could pass for something else.
    const name = subject
      .replace(/\s+/g, ' ')
      .replace(/[^\p{L}\p{N}\p{P}=+ ]/gu, '?')
      .slice(0, 120);
    return `${name} (SHA-256 ${fingerprint256.slice(0, 23)}…)`;
  } catch {
    // Said as what it is; using it is refused anyway.
    return 'something that is no certificate';
  }
}
