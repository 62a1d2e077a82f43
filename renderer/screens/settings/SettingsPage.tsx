import { Loader, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { SettingsView } from '../../../preload/contract/views.ts';
import { useOperation } from '../../bridge/hooks.ts';
import { Failure } from '../../components/Failure.tsx';

interface Props {
  readonly title: string;
  /** What the page shows once the settings are known. */
  children(settings: SettingsView): ReactNode;
}

/** A page of settings, while they load and if they can't be had. */
export function SettingsPage({ title, children }: Props) {
  const settings = useOperation('settings.get', {});
  return (
    <>
      <div className="screen-head">
        <Title order={1}>{title}</Title>
      </div>
      <div className="screen-body">
        <Failure failure={settings.error} onRetry={() => void settings.refetch()} />
        {settings.isPending && <Loader size="sm" />}
        {settings.data && children(settings.data)}
      </div>
    </>
  );
}

/** Settings that belong together, under a title of their own. */
export function Section({
  title,
  hint,
  children,
}: {
  readonly title: string;
  readonly hint?: string;
  readonly children: ReactNode;
}) {
  return (
    <section className="panel" aria-label={title} style={{ padding: 16 }}>
      <Title order={2} mb={hint ? 2 : 'sm'}>
        {title}
      </Title>
      {hint && (
        <Text c="dimmed" mb="sm">
          {hint}
        </Text>
      )}
      {children}
    </section>
  );
}
