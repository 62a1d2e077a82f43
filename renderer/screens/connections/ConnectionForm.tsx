import { Button, Group, Stack, Tabs, Text } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import type { Input } from '../../../preload/contract/operations.ts';
import { useMessages } from '../../app/messages.tsx';
import { type Provider, usePlace } from '../../app/place.tsx';
import { useCommand, useConnectionTest, useOperation } from '../../bridge/hooks.ts';
import { useRecords } from '../../bridge/records.ts';
import { usePersonSignIn } from '../../bridge/signIn.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { Discard } from '../../components/Discard.tsx';
import { Failure } from '../../components/Failure.tsx';
import { draftOf, errorsFrom, problemsOf, signInSettings } from './draft.ts';
import { Fields } from './Fields.tsx';
import { Permissions } from './Permissions.tsx';
import { ServiceChips } from './ServiceChips.tsx';
import { servicesToTest, type TargetService } from './servicesUsed.ts';
import { TestSteps } from './TestSteps.tsx';
import { text } from './text.ts';
import { type Editing, typedFrom } from './typed.ts';
import { showErrors, useConnectionForm } from './useConnectionForm.ts';
import './connections.css';

interface Props {
  readonly provider: Provider;
  readonly editing: Editing;
}

/** Makes or changes a connection: type, test step by step, save. */
export default function ConnectionForm({ provider, editing }: Props) {
  const { endTask } = usePlace();
  const app = useOperation('app.get', {}).data;
  const records = useRecords().data ?? [];
  const save = useCommand('connections.save');
  const test = useConnectionTest();
  const signIn = usePersonSignIn();
  const { say } = useMessages();
  const [leaving, setLeaving] = useState(false);
  const [picked, pick] = useState<readonly TargetService[]>();
  const services = picked ?? servicesToTest(provider, editing?.id, records);
  // An outcome is only shown for exactly what was tested.
  const form = useConnectionForm(provider, editing, signIn.signedIn, test.reset);

  /** Goes on with what is typed if all of it can be right. */
  const withDraft = (use: (draft: Input<'connections.save'>['draft']) => void) => {
    const checked = draftOf(provider, form.getValues(), editing, signIn.signedIn);
    if ('errors' in checked) return showErrors(form, checked.errors);
    form.clearErrors();
    use(checked.draft);
  };

  const begin = () => {
    const checked = signInSettings(form.getValues());
    if ('errors' in checked) return showErrors(form, checked.errors);
    form.clearErrors();
    test.reset();
    signIn.start(checked.settings);
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const typed = form.getValues();
    const problems = problemsOf(provider, typed, editing, signIn.signedIn);
    if (Object.keys(problems).length > 0) return showErrors(form, problems);
    withDraft((draft) =>
      save.mutate(
        { ...(editing ? { id: editing.id } : {}), name: typed.name.trim(), draft },
        {
          onSuccess: (saved) => {
            // Nothing of a credential stays in this window once main has it.
            save.reset();
            signIn.saved();
            form.setValues(typedFrom(saved));
            say('good', `${saved.name} saved`);
            endTask();
          },
          onError: (failure) => showErrors(form, errorsFrom(provider, typed, failure.view.fields)),
        },
      ),
    );
  };

  const tryIt = () =>
    withDraft((draft) =>
      test.start({
        ...(editing ? { connectionId: editing.id } : {}),
        draft,
        ...(provider === 'azure' ? {} : { services: [...services] }),
      }),
    );

  const close = () => (form.isDirty() || signIn.waiting || signIn.signedIn ? setLeaving(true) : endTask());

  return (
    <Dialog
      title={editing ? `Edit ${editing.name}` : text.connect[provider]}
      width={940}
      height={720}
      closesOutside={false}
      onClose={close}
    >
      <form onSubmit={submit} noValidate style={{ display: 'contents' }}>
        <div className="connection-columns">
          <Fields provider={provider} form={form} editing={editing} signIn={signIn} onSignIn={begin} />
          <Tabs defaultValue="test" keepMounted>
            <Tabs.List mb="md">
              <Tabs.Tab value="test">{text.tabs.test}</Tabs.Tab>
              <Tabs.Tab value="permissions">{text.tabs.permissions}</Tabs.Tab>
            </Tabs.List>
            {provider !== 'azure' && (
              <div style={{ marginBottom: 14 }}>
                <ServiceChips provider={provider} chosen={services} hint={text.servicesHint} onChoose={pick} />
              </div>
            )}
            <Tabs.Panel value="test">
              <Stack gap="md">
                <Text c="dimmed">{text.testHint}</Text>
                <div>
                  <Button
                    variant="default"
                    leftSection={<IconPlugConnected size={15} aria-hidden="true" />}
                    loading={test.running}
                    disabled={provider !== 'azure' && services.length === 0}
                    onClick={tryIt}
                  >
                    {test.steps.length > 0 && !test.running ? text.testAgain : text.test}
                  </Button>
                </div>
                <TestSteps test={test} />
              </Stack>
            </Tabs.Panel>
            <Tabs.Panel value="permissions">
              {app && (
                <Permissions
                  provider={provider}
                  services={services}
                  defaultPrefix={app.defaultPrefix}
                  typed={form.values}
                />
              )}
            </Tabs.Panel>
          </Tabs>
        </div>
        <Failure failure={save.error} />
        <Group justify="flex-end" gap="xs" className="wizard-foot">
          <Button variant="default" onClick={close}>
            {text.cancel}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {text.save}
          </Button>
        </Group>
      </form>
      {leaving && (
        <Discard
          title={text.discardTitle}
          words={text.discardBody}
          onDiscard={endTask}
          onKeep={() => setLeaving(false)}
        />
      )}
    </Dialog>
  );
}
