import { createHash } from 'node:crypto';
import type { TargetProblem } from '../ports.ts';
import type { GcpService } from './classify.ts';

/** Secret ids: CreateSecretRequest.secret_id in https://cloud.google.com/secret-manager/docs/reference/rpc */
const maxSecretId = 255;
/** Certificate ids: https://cloud.google.com/certificate-manager/docs/reference/certificate-manager/rest */
const maxCertificateId = 63;
const hashLength = 8;

/** Each service's rules for a target name. */
export const gcpNameProblems: Readonly<Record<GcpService, (name: string) => TargetProblem[]>> = {
  secretmanager(name) {
    const problems = lengthProblems(name, maxSecretId, 'GCP Secret Manager');
    const foreign = foreignIn(name, /[^A-Za-z0-9_-]/u);
    if (foreign) {
      problems.push(
        problem(
          `The target name holds ${foreign}; GCP Secret Manager allows only letters without accents, digits, _ and -.`,
          'Write _ where other services have a slash, e.g. certifyclouds_api-key.',
        ),
      );
    }
    return problems;
  },
  certificatemanager(name) {
    const problems = lengthProblems(name, maxCertificateId, 'GCP Certificate Manager');
    const foreign = foreignIn(name, /[^a-z0-9-]/u);
    if (foreign) {
      problems.push(
        problem(
          `The target name holds ${foreign}; GCP Certificate Manager allows only lower-case letters, digits and -.`,
          'Use lower-case letters, digits and hyphens only.',
        ),
      );
    } else if (name !== '' && !/^[a-z](.*[a-z0-9])?$/.test(name)) {
      problems.push(
        problem(
          'The target name has to begin with a letter and end with a letter or digit.',
          'Put a word in front, or take the last hyphen away.',
        ),
      );
    }
    return problems;
  },
};

/**
 * What a naming rule gave, as an id that the service takes. For secrets `/` becomes `_`, which no Azure name has, so that two
 * different names stay different. Certificate ids have no such character: where anything had to change, part of a hash of the
 * source keeps them apart. What this does not mend is told by `gcpNameProblems`.
 * @param sourceId names the source: two sources never have the same
 */
export function gcpName(service: GcpService, wanted: string, sourceId: string): string {
  if (service === 'secretmanager') return wanted.replaceAll('/', '_');
  if (gcpNameProblems.certificatemanager(wanted).length === 0) return wanted;
  const hash = createHash('sha256').update(sourceId, 'utf8').digest('hex').slice(0, hashLength);
  const mild = wanted.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const begun = /^[a-z]/.test(mild) ? mild : `c-${mild.replace(/^-/, '')}`;
  const cut = begun.slice(0, maxCertificateId - hashLength - 1).replace(/-+$/, '');
  return `${cut}-${hash}`;
}

function lengthProblems(name: string, max: number, title: string): TargetProblem[] {
  if (name === '') return [problem('The target name is empty.', 'Type a name.')];
  const length = Array.from(name).length;
  if (length <= max) return [];
  return [problem(`The target name has ${length} characters; ${title} allows ${max}.`, 'Shorten the name.')];
}

/** The first character that is not allowed, in words. */
function foreignIn(name: string, foreign: RegExp): string | undefined {
  const found = name.match(foreign)?.[0];
  if (found === undefined) return undefined;
  return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(found) ? `"${found}"` : 'a space or an invisible character';
}

function problem(sentence: string, fix: string): TargetProblem {
  return { code: 'name', sentence, fix };
}
