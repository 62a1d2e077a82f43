import { Button, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import type { OperationFailure } from '../../bridge/call.ts';
import { Callout } from '../../components/Callout.tsx';
import { text } from './text.ts';

interface Props {
  readonly failure: OperationFailure;
  onLookAgain(): void;
}

/** A plan that main no longer knows, or may not apply: a new one is one press away. */
export function NotApplied({ failure: { view }, onLookAgain }: Props) {
  return (
    <Callout tone="bad" role="alert" title={`${text.expired}: ${view.sentence}`}>
      {view.fix !== '' && <Text>{view.fix}</Text>}
      <Button
        variant="default"
        mt="xs"
        leftSection={<IconRefresh size={14} aria-hidden="true" />}
        onClick={onLookAgain}
      >
        {text.again}
      </Button>
    </Callout>
  );
}
