import { Button, Group, Stack, Tabs, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconPlugConnected } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import type { Input } from '../../../preload/contract/operations.ts';
import type { ConnectionView } from '../../../preload/contract/views.ts';
import { useMessages } from '../../app/messages.tsx';
import { type Provider, usePlace } from '../../app/place.tsx';
import { useCommand, useConnectionTest, useOperation } from '../../bridge/hooks.ts';
import { Confirm } from '../../components/Confirm.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Fields } from './Fields.tsx';
import { Permissions } from './Permissions.tsx';
import { TestSteps } from './TestSteps.tsx';
import { text } from './text.ts';
import { draftOf, errorsFrom, type Typed, type TypedErrors, typedFrom } from './typed.ts';
import './connections.css';

interface Props {
  readonly provider: Provider;
  /** Undefined: a new connection. */
  readonly editing: ConnectionView | undefined;
}

/** Makes or changes a connection: type, test step by step, save. */
export default function ConnectionForm({ provider, editing }: Props) {
  const { endTask } = usePlace();
  const app = useOperation('app.get', {}).data;
  const save = useCommand('connections.save');
  const test = useConnectionTest();
  const { say } = useMessages();
  const [leaving, setLeaving] = useState(false);
  const form = useForm<Typed>({
    initialValues: typedFrom(editing),
    // An outcome is only shown for exactly what was tested.
    onValuesChange: () => test.reset(),
  });

  const showErrors = (errors: TypedErrors) => {
    form.setErrors(errors);
    // After the fields are drawn with their errors: one of them may have been folded away.
    setTimeout(() => {
      const fields = [...document.querySelectorAll<HTMLElement>('.connection-columns [data-path]')];
      fields.find((field) => (field.getAttribute('data-path') ?? '') in errors)?.focus();
    });
  };

  /** Goes on with what is typed if all of it can be right. */
  const withDraft = (use: (draft: Input<'connections.save'>['draft']) => void) => {
    const checked = draftOf(provider, form.values, editing);
    if ('errors' in checked) {
      showErrors(checked.errors);
      return;
    }
    form.clearErrors();
    use(checked.draft);
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    withDraft((draft) =>
      save.mutate(
        { ...(editing ? { id: editing.id } : {}), name: form.values.name.trim(), draft },
        {
          onSuccess: (saved) => {
            // Nothing of a credential stays in this window once main has it.
            save.reset();
            form.setValues(typedFrom(saved));
            say('good', `${saved.name} saved`);
            endTask();
          },
          onError: (failure) => showErrors(errorsFrom(failure.view.fields)),
        },
      ),
    );
  };

  const close = () => (form.isDirty() ? setLeaving(true) : endTask());

  return (
    <Dialog
      title={editing ? `Edit ${editing.name}` : text.newTitle[provider]}
      width={940}
      height={720}
      closesOutside={false}
      onClose={close}
    >
      <form onSubmit={submit} noValidate style={{ display: 'contents' }}>
        <div className="connection-columns">
          <Fields provider={provider} form={form} editing={editing} />
          <Tabs defaultValue="test" keepMounted>
            <Tabs.List mb="md">
              <Tabs.Tab value="test">{text.tabs.test}</Tabs.Tab>
              <Tabs.Tab value="permissions">{text.tabs.permissions}</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="test">
              <Stack gap="md">
                <Text c="dimmed">{text.testHint}</Text>
                <div>
                  <Button
                    variant="default"
                    leftSection={<IconPlugConnected size={15} aria-hidden="true" />}
                    loading={test.running}
                    onClick={() =>
                      withDraft((draft) => test.start({ ...(editing ? { connectionId: editing.id } : {}), draft }))
                    }
                  >
                    {test.steps.length > 0 && !test.running ? text.testAgain : text.test}
                  </Button>
                </div>
                <TestSteps test={test} />
              </Stack>
            </Tabs.Panel>
            <Tabs.Panel value="permissions">
              {app && <Permissions provider={provider} defaultPrefix={app.defaultPrefix} region={form.values.region} />}
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
        <Confirm
          title={text.discardTitle}
          act={text.discard}
          cancel={text.keep}
          danger
          onConfirm={endTask}
          onClose={() => setLeaving(false)}
        >
          <Text size="sm">{text.discardBody}</Text>
        </Confirm>
      )}
    </Dialog>
  );
}
