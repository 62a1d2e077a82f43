import type { CheckVerdict } from '../domain/check.ts';
import type { AuditEntry } from '../store/ports.ts';

/** Who makes a report, and when. */
export interface Maker {
  readonly product: string;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly exportedAt: number;
}

/** A row of the audit trail with its place in the chain. */
export type AuditRow = AuditEntry & { readonly id: number; readonly hash: string };

/** What does not show as itself: control and format characters (ANSI codes, direction marks), line ends, half characters. */
const unseen = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** A text in which nothing acts: what does not show as itself stands as `\u{…}`, and so does what looks like that already. */
export function inert(text: string): string {
  return text.replaceAll('\\u{', '\\u{5c}u{').replace(unseen, escaped);
}

/** One character as `\u{…}`. */
export function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** JSON on one line that parses to exactly this value, with what does not show as itself escaped as JSON does it. */
export function inertJson(value: unknown): string {
  return JSON.stringify(value).replace(unseen, (character) =>
    Array.from({ length: character.length }, (_, at) => {
      return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
    }).join(''),
  );
}

/** An instant as ISO 8601 in UTC; empty for none. @param at milliseconds since the epoch */
export function isoTime(at: number | null): string {
  return at === null ? '' : new Date(at).toISOString();
}

export const verdictWords: Readonly<Record<CheckVerdict, string>> = {
  'same-value': 'Same value',
  'same-version': 'Same version',
  'left-out': 'Left out',
  behind: 'Behind',
  changed: 'Changed',
  missing: 'Missing',
  'mark-removed': 'Mark removed',
  'source-missing': 'Source missing',
  'never-synced': 'Never synced',
  unknown: 'Unknown',
  failed: 'Not checked',
};

/** What each way of telling proves, and what it does not. */
export const methodWords = {
  value: {
    title: 'By value',
    proves:
      'Source and target were both asked what they hold at the time given, and their fingerprints were compared: of a secret under a key that only this installation has, of a certificate its own SHA-256. It proves that they held the same, or that they did not.',
  },
  marker: {
    title: 'By version',
    proves:
      'The target named its current version and the source the date or version of its own, and both were compared with what this app wrote down when the target confirmed its last write. It proves that neither was changed since; no value was read. Of tags, only the marks are looked at by which the app knows its own.',
  },
  none: { title: 'Not compared', proves: 'Nothing is known, for the reason given. It proves nothing.' },
} as const;
