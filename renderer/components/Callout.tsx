import { CloseButton } from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import './Callout.css';

interface Props {
  readonly tone: 'bad' | 'doubt' | 'busy';
  readonly title: string;
  /** `alert` interrupts a screen reader, `status` waits. */
  readonly role?: 'alert' | 'status';
  readonly children?: ReactNode;
  readonly dismissLabel?: string;
  readonly onDismiss?: () => void;
}

/** Something the person should see: what it is, and below what to do. */
export function Callout({ tone, title, role = 'status', children, dismissLabel, onDismiss }: Props) {
  const Mark = tone === 'busy' ? IconInfoCircle : IconAlertTriangle;
  return (
    <div role={role} className={`callout callout-${tone}`}>
      <Mark size={18} aria-hidden="true" />
      <div>
        <p className="callout-title">{title}</p>
        {children}
      </div>
      {onDismiss && <CloseButton size="sm" aria-label={dismissLabel} onClick={onDismiss} />}
    </div>
  );
}
