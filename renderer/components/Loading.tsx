import { Group, Loader, Text } from '@mantine/core';

/** Stands where an answer will be, and says what is being asked. */
export function Loading({ words }: { readonly words: string }) {
  return (
    <Group role="status" gap="xs">
      <Loader size="xs" />
      <Text c="dimmed">{words}</Text>
    </Group>
  );
}
