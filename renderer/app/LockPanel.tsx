import { Button, Group, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { LockView } from '../../preload/contract/views.ts';
import { useCommand } from '../bridge/hooks.ts';
import { Confirm } from '../components/Confirm.tsx';
import { Failure } from '../components/Failure.tsx';
import { text } from './text.ts';

const shortest = 12;

/** Opens the stored credentials, or makes the passphrase or the new key that will. */
export default function LockPanel({ lock }: { readonly lock: LockView }) {
  return (
    <section className="panel" aria-label={text.locked}>
      <Stack gap="sm" p="md">
        <div>
          <Title order={2}>{lock.sentence}</Title>
          <Text c="dimmed">{lock.fix}</Text>
        </div>
        {lock.state === 'key-lost' ? <StartOver /> : <Passphrase isNew={lock.state === 'needs-new-passphrase'} />}
      </Stack>
    </section>
  );
}

function Passphrase({ isNew }: { readonly isNew: boolean }) {
  const open = useCommand('lock.open');
  const [passphrase, setPassphrase] = useState('');
  const [repeated, setRepeated] = useState('');
  const [checked, setChecked] = useState(false);
  const tooShort = passphrase.length < shortest ? text.lock.tooShort : null;
  const differs = isNew && passphrase !== repeated ? text.lock.differs : null;

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setChecked(true);
    if (tooShort !== null || differs !== null) {
      const wrong = tooShort === null ? 'repeated' : 'passphrase';
      event.currentTarget.querySelector<HTMLInputElement>(`input[name="${wrong}"]`)?.focus();
      return;
    }
    open.mutate(
      { passphrase },
      {
        onSuccess: () => {
          setPassphrase('');
          setRepeated('');
          setChecked(false);
          open.reset();
        },
      },
    );
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm" maw={520}>
        <Group gap="sm" align="flex-start">
          <PasswordInput
            flex={1}
            miw={200}
            name="passphrase"
            label={text.lock.passphrase}
            autoComplete={isNew ? 'new-password' : 'current-password'}
            value={passphrase}
            onChange={(event) => setPassphrase(event.currentTarget.value)}
            error={checked ? tooShort : null}
            autoFocus
          />
          {isNew && (
            <PasswordInput
              flex={1}
              miw={200}
              name="repeated"
              label={text.lock.repeat}
              autoComplete="new-password"
              value={repeated}
              onChange={(event) => setRepeated(event.currentTarget.value)}
              error={checked && tooShort === null ? differs : null}
            />
          )}
        </Group>
        {isNew && (
          <Text size="xs" c="dimmed">
            {text.lock.hint}
          </Text>
        )}
        <Failure failure={open.error} />
        <div>
          <Button type="submit" loading={open.isPending}>
            {isNew ? text.lock.set : text.lock.unlock}
          </Button>
        </div>
      </Stack>
    </form>
  );
}

function StartOver() {
  const startOver = useCommand('lock.startOver');
  const [asking, setAsking] = useState(false);
  return (
    <div>
      <Button variant="default" onClick={() => setAsking(true)}>
        {text.lock.startOver}
      </Button>
      {asking && (
        <Confirm
          title={text.lock.startOverTitle}
          act={text.lock.startOver}
          danger
          busy={startOver.isPending}
          failure={startOver.error}
          onConfirm={() => startOver.mutate({}, { onSuccess: () => setAsking(false) })}
          onClose={() => setAsking(false)}
        >
          <Text size="sm">{text.lock.startOverBody}</Text>
        </Confirm>
      )}
    </div>
  );
}
