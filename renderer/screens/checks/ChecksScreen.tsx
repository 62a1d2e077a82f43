import { Button, Group, Switch, Text, Title } from '@mantine/core';
import { IconClipboardCheck, IconShieldCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useMessages } from '../../app/messages.tsx';
import { useCommand } from '../../bridge/hooks.ts';
import { useChecks } from '../../bridge/watch.ts';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useNow } from '../../components/useNow.ts';
import { CheckDetails } from './CheckDetails.tsx';
import { CheckList } from './CheckList.tsx';
import { text } from './text.ts';
import '../../components/Beside.css';
import './checks.css';

/** Automation > Checks: start one, and look at what each found. */
export default function ChecksScreen() {
  const checks = useChecks();
  const start = useCommand('checks.start');
  const { sayFailure } = useMessages();
  const [values, setValues] = useState(false);
  const [picked, setPicked] = useState<string>();
  const now = useNow();
  const shown = checks.data?.find(({ id }) => id === picked) ?? checks.data?.[0];
  const begin = () =>
    start.mutate(
      { values },
      {
        onSuccess: ({ id }) => {
          setPicked(id);
          void checks.refetch();
        },
        onError: (failure) => sayFailure(text.notStarted, failure),
      },
    );
  return (
    <>
      <div className="screen-head">
        <div style={{ flex: 1, minWidth: 260 }}>
          <Title order={1}>{text.title}</Title>
          <Text c="dimmed">{text.hint}</Text>
        </div>
        <Group gap="md" ml="auto" wrap="nowrap" align="center">
          <Switch
            label={text.values}
            checked={values}
            aria-describedby="check-values-hint"
            onChange={(event) => setValues(event.currentTarget.checked)}
          />
          <Button
            leftSection={<IconShieldCheck size={15} aria-hidden="true" />}
            loading={start.isPending}
            onClick={begin}
          >
            {text.start}
          </Button>
        </Group>
      </div>
      <div className="screen-body filled">
        <Text size="xs" c="dimmed" id="check-values-hint">
          {text.valuesHint}
        </Text>
        <Failure failure={checks.error} onRetry={() => void checks.refetch()} />
        {checks.isPending && <Loading words={text.loading} />}
        {checks.data?.length === 0 && <Empty icon={IconClipboardCheck} title={text.empty} sentence={text.emptyHint} />}
        {checks.data && shown && (
          <div className="beside">
            <CheckList checks={checks.data} picked={shown.id} now={now} onPick={setPicked} />
            <CheckDetails key={shown.id} check={shown} />
          </div>
        )}
      </div>
    </>
  );
}
