import { Stack, Text, Title } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface Props {
  readonly icon: Icon;
  readonly title: string;
  readonly sentence: string;
  readonly children?: ReactNode;
}

/** What stands where nothing is yet: what belongs here, and the next step. */
export function Empty({ icon: EmptyIcon, title, sentence, children }: Props) {
  return (
    <Stack align="center" justify="center" gap="xs" p="xl" style={{ flex: 1, textAlign: 'center' }}>
      <EmptyIcon size={36} stroke={1.4} color="var(--quiet)" aria-hidden="true" />
      <Title order={2}>{title}</Title>
      <Text c="dimmed" maw={440}>
        {sentence}
      </Text>
      {children}
    </Stack>
  );
}
