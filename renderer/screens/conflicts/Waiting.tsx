import { Button, Text } from '@mantine/core';
import { IconHandStop } from '@tabler/icons-react';
import type { RecordView } from '../../../preload/contract/views.ts';
import { plural } from '../../components/format.ts';
import { text } from './text.ts';
import { isDeletion, waitingOf } from './waiting.ts';
import '../../components/Callout.css';
import './conflicts.css';

interface Props {
  readonly records: readonly RecordView[];
  onDecide(first: 'conflicts' | 'deletions'): void;
}

/** How many records wait for a person, above the list of them all. Nothing while none does. */
export function Waiting({ records, onDecide }: Props) {
  const waiting = waitingOf(records);
  const deletions = waiting.filter(isDeletion).length;
  const conflicts = waiting.length - deletions;
  if (waiting.length === 0) return null;
  return (
    <div className="waiting" role="status">
      {conflicts > 0 && (
        <Strip
          tone="doubt"
          title={plural(conflicts, `record ${text.banner.one}`, `records ${text.banner.many}`)}
          hint={text.bannerHint}
          onDecide={() => onDecide('conflicts')}
        />
      )}
      {deletions > 0 && (
        <Strip
          tone="bad"
          title={plural(deletions, text.brake.one, text.brake.many)}
          hint={text.brakeHint}
          onDecide={() => onDecide('deletions')}
        />
      )}
    </div>
  );
}

interface StripProps {
  readonly tone: 'doubt' | 'bad';
  readonly title: string;
  readonly hint: string;
  onDecide(): void;
}

/** One line: the list below is what the screen is for. */
function Strip({ tone, title, hint, onDecide }: StripProps) {
  return (
    <div className={`waiting-strip callout-${tone}`}>
      <IconHandStop size={17} aria-hidden="true" />
      <Text fw={600} style={{ flex: 'none' }}>
        {title}
      </Text>
      <Text className="cut" title={hint}>
        {hint}
      </Text>
      <Button variant="default" ml="auto" flex="none" aria-label={`${text.decide} ${title}`} onClick={onDecide}>
        {text.decide}
      </Button>
    </div>
  );
}
