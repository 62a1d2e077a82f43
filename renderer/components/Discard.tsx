import { Text } from '@mantine/core';
import { Confirm } from './Confirm.tsx';

interface Props {
  readonly title: string;
  /** What is forgotten, and what stays. */
  readonly words: string;
  onDiscard(): void;
  onKeep(): void;
}

/** Asks before what was typed is forgotten. */
export function Discard({ title, words, onDiscard, onKeep }: Props) {
  return (
    <Confirm title={title} act="Discard" danger cancel="Keep editing" onConfirm={onDiscard} onClose={onKeep}>
      <Text size="sm">{words}</Text>
    </Confirm>
  );
}
