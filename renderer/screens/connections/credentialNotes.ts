import type { ConnectionView } from '../../../preload/contract/views.ts';
import { age, plural } from '../../components/format.ts';
import { isOutside } from './draft.ts';

const dayMs = 24 * 3_600_000;
/** A credential that ends within this many days is worth a warning. */
const endsSoonDays = 30;
/**
 * Days after which to rotate a key: the default of AWS Config's rule access-keys-rotated, and what Google's best practices
 * for service account keys ask for.
 */
const rotateAfterDays = 90;

interface Note {
  readonly tone: 'bad' | 'doubt';
  readonly sentence: string;
}

/** How long ago the stored credential was saved: `saved 40 days ago`; '' where none is kept here. */
export function savedWords({ settings, credentialSavedAt }: ConnectionView, now: number): string {
  return credentialSavedAt === null || isOutside(settings) ? '' : `saved ${age(credentialSavedAt, now)}`;
}

/** What a person should know of a connection's credential before it stops working. */
export function credentialNotes(
  { settings, credentialHint, credentialSavedAt, credentialExpiresAt }: ConnectionView,
  now: number,
): readonly Note[] {
  if (credentialHint === '') return [];
  const notes: Note[] = [];
  if (credentialExpiresAt !== null && credentialExpiresAt <= now) {
    notes.push({ tone: 'bad', sentence: `The credential ended ${age(credentialExpiresAt, now)}. Save a new one.` });
  } else if (credentialExpiresAt !== null && credentialExpiresAt - now < endsSoonDays * dayMs) {
    const days = Math.floor((credentialExpiresAt - now) / dayMs);
    const when = days < 1 ? 'within a day' : `in ${plural(days, 'day')}`;
    notes.push({ tone: 'doubt', sentence: `The credential ends ${when}. Save a new one before.` });
  }
  const hasKey = settings.provider !== 'azure' && !isOutside(settings);
  if (hasKey && credentialSavedAt !== null && now - credentialSavedAt > rotateAfterDays * dayMs) {
    notes.push({ tone: 'doubt', sentence: `Older than ${rotateAfterDays} days: time to rotate the key.` });
  }
  return notes;
}
