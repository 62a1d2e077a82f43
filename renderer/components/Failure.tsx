import { Button, Group, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import type { OperationFailure } from '../bridge/call.ts';
import { Callout } from './Callout.tsx';
import { plural } from './format.ts';

interface Props {
  readonly failure: OperationFailure | null | undefined;
  readonly onRetry?: () => void;
}

/** As many as can be read at once. */
const fieldsShown = 8;

/** Why something was refused, what to do, and the reference that finds it in the app's log. Nothing, if nothing was. */
export function Failure({ failure, onRetry }: Props) {
  if (!failure) return null;
  const { kind, code, sentence, fix, reference } = failure.view;
  // Saying no in the system's dialog is an answer, no failure.
  if (code === 'not-confirmed') {
    return (
      <Callout tone="busy" title={sentence}>
        <Text>{fix}</Text>
      </Callout>
    );
  }
  if (kind === 'cancelled') return null;
  // Where only one field is wrong, the sentence is that field's.
  const fields = (failure.view.fields ?? []).filter((field) => field.sentence !== sentence);
  return (
    <Callout role="alert" tone="bad" title={sentence}>
      {fix !== '' && <Text>{fix}</Text>}
      {fields.length > 0 && (
        <ul>
          {fields.slice(0, fieldsShown).map((field) => (
            <li key={`${field.path} ${field.sentence}`}>{field.sentence}</li>
          ))}
          {fields.length > fieldsShown && <li>…and {plural(fields.length - fieldsShown, 'more', 'more')}.</li>}
        </ul>
      )}
      <Group gap="sm" mt={onRetry ? 8 : 2}>
        {onRetry && (
          <Button variant="default" leftSection={<IconRefresh size={14} aria-hidden="true" />} onClick={onRetry}>
            Try again
          </Button>
        )}
        {reference !== '' && (
          <Text size="xs" c="dimmed">
            Reference <span className="mono">{reference}</span>
          </Text>
        )}
      </Group>
    </Callout>
  );
}
