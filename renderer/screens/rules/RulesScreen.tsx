import { Button, Text, Title } from '@mantine/core';
import { IconPlus, IconRoute } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import type { RuleView } from '../../../preload/contract/watch.ts';
import { useOperation } from '../../bridge/hooks.ts';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useNow } from '../../components/useNow.ts';
import { RemoveRule } from './RemoveRule.tsx';
import { RuleCard } from './RuleCard.tsx';
import { text } from './text.ts';
import './rules.css';

const RuleEditor = lazy(() => import('./RuleEditor.tsx'));

type Open = { readonly rule: RuleView | undefined };

/** Automation > Rules. */
export default function RulesScreen() {
  const rules = useOperation('rules.list', {});
  const defaultPrefix = useOperation('app.get', {}).data?.defaultPrefix;
  const now = useNow();
  const [open, setOpen] = useState<Open>();
  // Here and not in the card, which goes as soon as the rule is gone.
  const [removing, setRemoving] = useState<RuleView>();
  const add = (
    <Button leftSection={<IconPlus size={15} aria-hidden="true" />} onClick={() => setOpen({ rule: undefined })}>
      {text.add}
    </Button>
  );
  return (
    <>
      <div className="screen-head">
        <div style={{ flex: 1, minWidth: 260 }}>
          <Title order={1}>{text.title}</Title>
          <Text c="dimmed">{text.hint}</Text>
        </div>
        {rules.data && rules.data.length > 0 && add}
      </div>
      <div className="screen-body" style={{ display: 'flex', flexDirection: 'column', gap: 12 }}>
        <Failure failure={rules.error} onRetry={() => void rules.refetch()} />
        {rules.isPending && <Loading words={text.loading} />}
        {rules.data?.length === 0 && (
          <Empty icon={IconRoute} title={text.empty} sentence={text.emptyHint}>
            {add}
          </Empty>
        )}
        {rules.data && rules.data.length > 0 && (
          <ul className="rule-list" aria-label={text.list}>
            {rules.data.map((rule) => (
              <RuleCard
                key={rule.id}
                rule={rule}
                now={now}
                onEdit={() => setOpen({ rule })}
                onRemove={() => setRemoving(rule)}
              />
            ))}
          </ul>
        )}
      </div>
      {open && defaultPrefix !== undefined && (
        <Suspense>
          <RuleEditor editing={open.rule} defaultPrefix={defaultPrefix} onClose={() => setOpen(undefined)} />
        </Suspense>
      )}
      {removing && <RemoveRule rule={removing} onClose={() => setRemoving(undefined)} />}
    </>
  );
}
