import { memo } from 'react';
import type { RecordView } from '../../../preload/contract/views.ts';
import { KindIcon } from '../../components/KindIcon.tsx';
import { statusLooks } from '../../components/looks.ts';
import { providerLooks, services, sourceWords } from '../../components/services.ts';
import { Tag } from '../../components/Tag.tsx';
import { When } from '../../components/When.tsx';
import { text } from './text.ts';

export function rowElementId(recordId: string): string {
  return `record-${recordId}`;
}

interface Props {
  readonly record: RecordView;
  /** In the order shown, from 0. */
  readonly index: number;
  /** Distance from the top of the list, in CSS pixels. */
  readonly top: number;
  readonly selected: boolean;
  readonly active: boolean;
  readonly now: number;
}

/**
 * One record. Drawn anew only when its own record, place or tick changes, and with few elements, because hundreds may
 * change a second. Clicks are handled by the table.
 */
export const RecordRow = memo(function RecordRow({ record, index, top, selected, active, now }: Props) {
  const { provider, short } = services[record.targetService];
  const { icon: ProviderIcon, word } = providerLooks[provider];
  const source = sourceWords(record);
  const scheduled = record.enabled ? record.scheduleWords : text.paused;
  const where = `${short} · ${record.targetRegion} · ${record.targetConnection}`;
  return (
    <tr
      id={rowElementId(record.id)}
      data-record={record.id}
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={active ? 'record record-active' : 'record'}
      style={{ transform: `translateY(${top}px)` }}
    >
      <td className="record-check">
        <input type="checkbox" readOnly tabIndex={-1} checked={selected} aria-label={`Select ${source}`} />
      </td>
      <td>
        <div className="cut record-name" title={source}>
          {record.sourceKind === 'certificate' && <KindIcon kind="certificate" size={15} />}
          {source}
        </div>
        <div className="cut record-more" title={`${record.sourceVault} · ${record.sourceConnection}`}>
          {record.sourceVault}
        </div>
      </td>
      <td className="record-target">
        <ProviderIcon size={18} stroke={1.7} role="img" aria-label={word} />
        <span>
          <span className="cut" title={record.targetName}>
            {record.targetName}
          </span>
          <span className="cut record-more" title={where}>
            {where}
          </span>
        </span>
      </td>
      <td>
        <Tag look={statusLooks[record.status]} />
        <div className="cut record-more" title={`${record.sentence} ${record.fix}`.trim()}>
          {record.sentence}
        </div>
      </td>
      <td className="cut" title={scheduled}>
        {scheduled}
      </td>
      <td>
        <When at={record.lastRunAt} now={now} past never="Never" />
      </td>
      <td>
        {record.held ? (
          <span className="record-held">{text.waiting}</span>
        ) : (
          <When at={record.enabled ? record.nextRunAt : null} now={now} />
        )}
      </td>
    </tr>
  );
});
