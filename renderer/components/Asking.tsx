import { Text } from '@mantine/core';

/** Said while main may be asking the person outside this window, where nothing that runs in it can answer. */
export function Asking({ busy }: { readonly busy: boolean }) {
  if (!busy) return null;
  return (
    <Text role="status" c="dimmed">
      If a dialog asks you to confirm, answer it there.
    </Text>
  );
}
