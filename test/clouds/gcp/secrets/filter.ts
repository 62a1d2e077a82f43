import { invalid } from '../failure.ts';
import type { Secret, Version } from './secret.ts';

/**
 * The part of Google's list filters that finds by name, label and state: terms joined by AND, `:` for "contains" or,
 * with `*`, for "is there at all". https://cloud.google.com/secret-manager/docs/filtering
 * @throws GcpFailure INVALID_ARGUMENT for anything else, which must not look like "no restriction"
 */
export function readFilter(filter: string): (secret: Secret, version?: Version) => boolean {
  const terms = filter.trim() === '' ? [] : filter.trim().split(/\s+AND\s+|\s+(?=[a-z_.-]+[:=])/);
  const tests = terms.map((term) => {
    const parts = /^([a-z]+(?:\.[\p{L}\p{N}_-]+)?)([:=])"?([^"\s]+)"?$/u.exec(term);
    const [, field = '', operator = '', wanted = ''] = parts ?? [];
    const fits = (text: string | undefined) =>
      text !== undefined && (operator === '=' ? text === wanted : wanted === '*' || text.includes(wanted));
    if (field === 'name') return (secret: Secret) => fits(secret.name);
    if (field === 'state') return (_: Secret, version?: Version) => fits(version?.state);
    if (field.startsWith('labels.')) return (secret: Secret) => fits(secret.labels[field.slice('labels.'.length)]);
    throw invalid(`Invalid filter: '${term}' is not understood.`);
  });
  return (secret, version) => tests.every((test) => test(secret, version));
}
