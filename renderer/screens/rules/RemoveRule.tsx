import { Radio, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { RuleView } from '../../../preload/contract/watch.ts';
import { useMessages } from '../../app/messages.tsx';
import { useCommand } from '../../bridge/hooks.ts';
import { Confirm } from '../../components/Confirm.tsx';
import { plural } from '../../components/format.ts';
import { text } from './text.ts';

const fates = ['keep', 'remove'] as const;

interface Props {
  readonly rule: Pick<RuleView, 'id' | 'name' | 'records'>;
  onClose(): void;
}

/** Asks what becomes of a rule's records before it is forgotten. Targets stay either way. */
export function RemoveRule({ rule: { id, name, records }, onClose }: Props) {
  const remove = useCommand('rules.remove');
  const { say } = useMessages();
  const [fate, setFate] = useState<(typeof fates)[number]>('keep');
  return (
    <Confirm
      title={text.removeTitle(name)}
      act={text.removeAct}
      danger
      busy={remove.isPending}
      failure={remove.error}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(
          { id, records: fate },
          {
            onSuccess: ({ records: done }) => {
              const told = (fate === 'keep' ? text.removedKept : text.removedToo)(plural(done, 'record'));
              say('info', text.removed(name), done > 0 ? told : '');
              onClose();
            },
          },
        )
      }
    >
      {records === 0 ? (
        <Text>{text.removeNone}</Text>
      ) : (
        <Radio.Group
          label={text.removeQuestion(plural(records, 'record'))}
          value={fate}
          onChange={(value) => setFate(fates.find((each) => each === value) ?? 'keep')}
        >
          <Stack gap="sm" mt="sm">
            {fates.map((each) => {
              const [label, description] = text.removeChoices[each];
              return <Radio key={each} value={each} label={label} description={description} />;
            })}
          </Stack>
        </Radio.Group>
      )}
      {records > 0 && <Text mt="md">{text.removeTargets}</Text>}
    </Confirm>
  );
}
