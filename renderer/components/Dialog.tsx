import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useOpenDialog } from './openDialogs.tsx';

interface Props {
  readonly title: string;
  /** CSS pixels, less where the window is smaller. */
  readonly width: number;
  /** CSS pixels, less where the window is smaller; the children then fill this height. Without it, as high as they are. */
  readonly height?: number;
  /** Whether a click beside the dialog closes it: not where something was typed. */
  readonly closesOutside?: boolean;
  readonly children: ReactNode;
  onClose(): void;
}

/** A window within the window, there as long as it is open. */
export function Dialog({ title, width, height, closesOutside = true, children, onClose }: Props) {
  useOpenDialog(onClose);
  const filled = height !== undefined;
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnEscape={false}
      returnFocus={false}
      closeOnClickOutside={closesOutside}
      title={title}
      size={`min(${width}px, 100%)`}
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
      styles={{
        title: { fontWeight: 650 },
        ...(filled
          ? {
              content: { display: 'flex', flexDirection: 'column', height: `min(${height}px, calc(100dvh - 72px))` },
              body: { display: 'flex', flex: 1, flexDirection: 'column', gap: 12, minHeight: 0 },
            }
          : {}),
      }}
      yOffset={36}
    >
      {children}
    </Modal>
  );
}
