import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import type { OperationFailure } from '../bridge/call.ts';
import { Dialog } from './Dialog.tsx';
import { Failure } from './Failure.tsx';

interface Props {
  readonly title: string;
  readonly children: ReactNode;
  /** The verb on the button: `Delete` */
  readonly act: string;
  readonly danger?: boolean;
  readonly busy?: boolean;
  /** False: the children say what stands in the way. */
  readonly possible?: boolean;
  readonly failure?: OperationFailure | null;
  readonly cancel?: string;
  onConfirm(): void;
  onClose(): void;
}

/** Asks before something that can't be taken back. The harmless answer has the focus. */
export function Confirm({
  title,
  children,
  act,
  danger = false,
  busy = false,
  possible = true,
  failure = null,
  cancel = 'Cancel',
  onConfirm,
  onClose,
}: Props) {
  return (
    <Dialog onClose={onClose} title={title} width={440}>
      <Stack gap="md">
        <div>{children}</div>
        <Failure failure={failure} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            {cancel}
          </Button>
          <Button {...(danger ? { color: 'red' } : {})} loading={busy} disabled={!possible} onClick={onConfirm}>
            {act}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
