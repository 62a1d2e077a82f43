import { ActionIcon, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { copyText } from './copy.ts';

interface Props {
  readonly text: string;
  /** What is copied, for the button's name: `ARN` → `Copy ARN` */
  readonly what: string;
}

export function Copy({ text, what }: Props) {
  const [outcome, setOutcome] = useState<'copied' | 'refused'>();
  const label =
    outcome === 'copied' ? `${what} copied` : outcome === 'refused' ? `Could not copy ${what}` : `Copy ${what}`;
  return (
    <Tooltip label={label}>
      <ActionIcon
        size="sm"
        aria-label={label}
        onClick={() => setOutcome(copyText(text) ? 'copied' : 'refused')}
        onBlur={() => setOutcome(undefined)}
        onMouseLeave={() => setOutcome(undefined)}
      >
        {outcome === 'copied' ? <IconCheck size={15} aria-hidden="true" /> : <IconCopy size={15} aria-hidden="true" />}
      </ActionIcon>
    </Tooltip>
  );
}
