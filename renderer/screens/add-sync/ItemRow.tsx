import type { MouseEvent } from 'react';
import type { SourceItemView } from '../../../preload/contract/views.ts';
import { exactly, expiryWords } from '../../components/format.ts';
import type { Certificate } from './certificates.ts';
import { text } from './text.ts';

interface Props {
  readonly item: SourceItemView;
  /** Of a ticked certificate. */
  readonly certificate: Certificate | undefined;
  /** Why it can't be chosen. */
  readonly reason: string | undefined;
  readonly ticked: boolean;
  readonly synced: boolean;
  readonly now: number;
  /** Whether Tab stops here: of a long list in one row only, from which arrows go on. */
  readonly tabStop: boolean;
  onFocus(): void;
  onTick(event: MouseEvent): void;
}

/** A secret or certificate of the vault, to be ticked. */
export function ItemRow({ item, certificate, reason, ticked, synced, now, tabStop, onFocus, onTick }: Props) {
  const isCertificate = item.kind === 'certificate';
  const expiry = item.expiresOn === null ? [] : [expiryWords(item.expiresOn, now)];
  const more = isCertificate ? [...expiry, ...detailsOf(certificate)] : [];
  // A secret's date is only of interest once it is over.
  const over = !isCertificate && item.expiresOn !== null && item.expiresOn < now ? expiry : [];
  const notes = [
    ...(reason !== undefined && !isCertificate ? [reason] : []),
    ...over,
    ...(synced ? [text.alreadySynced] : []),
  ];
  const spoken = [item.name, ...(reason !== undefined && isCertificate ? [reason] : []), ...notes, ...more].join(', ');
  return (
    <label className="choice-row">
      <input
        type="checkbox"
        readOnly
        tabIndex={tabStop ? 0 : -1}
        onFocus={onFocus}
        disabled={reason !== undefined}
        checked={ticked && reason === undefined}
        onClick={onTick}
        aria-label={spoken}
      />
      {isCertificate ? (
        <span className="choice-lines">
          <span className="cut">{item.name}</span>
          {reason === undefined ? (
            <span className="cut choice-more" title={item.expiresOn === null ? '' : exactly(item.expiresOn)}>
              {more.join(' · ')}
            </span>
          ) : (
            <span className="cut choice-more choice-wrong" title={reason}>
              {reason}
            </span>
          )}
        </span>
      ) : (
        <span className="cut">{item.name}</span>
      )}
      <span className="choice-note cut">
        {notes.length > 0 ? notes.join(' · ') : isCertificate ? '' : (item.contentType ?? '')}
      </span>
    </label>
  );
}

function detailsOf(certificate: Certificate | undefined): string[] {
  if (!certificate) return [];
  const { details, failure } = certificate;
  if (details) return [details.keyType, details.names.join(', ')].filter((part) => part !== '');
  return failure ? [] : [text.detailsLoading];
}
