import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { type FormEvent, useRef } from 'react';
import { networkSettings, type SettingsView } from '../../../preload/contract/views.ts';
import { useMessages } from '../../app/messages.tsx';
import { useCommand } from '../../bridge/hooks.ts';
import { Asking } from '../../components/Asking.tsx';
import { CaBundle } from '../../components/CaBundle.tsx';
import { Failure } from '../../components/Failure.tsx';
import { text } from './text.ts';

type Network = SettingsView['network'];
type NetworkErrors = Partial<Record<string, string>>;

const unspelled = { spellCheck: false, autoComplete: 'off' };

/** How this computer reaches the clouds. Saved on demand: main asks the person again, outside this window. */
export function NetworkSettings({ saved }: { readonly saved: Network }) {
  const save = useCommand('settings.set');
  const { say } = useMessages();
  const box = useRef<HTMLFormElement>(null);
  const form = useForm<Network>({
    initialValues: saved,
    validate: networkProblems,
    validateInputOnBlur: true,
    // What was said of the last try is not about what is typed now.
    onValuesChange: () => save.reset(),
  });

  const refuse = (errors: NetworkErrors) => {
    form.setErrors(errors);
    const fields = [...(box.current?.querySelectorAll<HTMLElement>('[data-path]') ?? [])];
    fields.find((field) => (field.getAttribute('data-path') ?? '') in errors)?.focus();
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const network = trimmed(form.getValues());
    const errors = networkProblems(network);
    if (Object.keys(errors).length > 0) return refuse(errors);
    save.mutate(
      { network },
      {
        onSuccess: (settings) => {
          form.setInitialValues(settings.network);
          form.setValues(settings.network);
          say('good', text.networkSaved);
        },
        onError: ({ view }) => refuse(networkErrorsFrom(view.fields)),
      },
    );
  };

  return (
    <form ref={box} onSubmit={submit} noValidate aria-label={text.network}>
      <Stack gap="sm">
        <TextInput
          label={text.proxy}
          description={text.proxyHint}
          placeholder="http://proxy.example.com:8080"
          {...unspelled}
          {...form.getInputProps('proxy')}
        />
        <TextInput
          label={text.noProxy}
          description={text.noProxyHint}
          placeholder="localhost, .internal.example.com"
          {...unspelled}
          {...form.getInputProps('noProxy')}
        />
        <CaBundle
          description={text.caBundleHint}
          value={form.values.caBundle}
          error={form.errors['caBundle']}
          field={form.getInputProps('caBundle')}
          onText={(content) => form.setFieldValue('caBundle', content)}
          onProblem={(sentence) => form.setFieldError('caBundle', sentence)}
        />
        <Failure failure={save.error} />
        <Group gap="sm">
          <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
            {text.networkSave}
          </Button>
          <Button variant="default" disabled={!form.isDirty() || save.isPending} onClick={form.reset}>
            {text.networkDiscard}
          </Button>
          <Asking busy={save.isPending} />
        </Group>
      </Stack>
    </form>
  );
}

function trimmed({ proxy, noProxy, caBundle }: Network): Network {
  return { proxy: proxy.trim(), noProxy: noProxy.trim(), caBundle: caBundle.trim() };
}

/** What is wrong with what is typed, by field. */
function networkProblems(typed: Network): NetworkErrors {
  const errors: NetworkErrors = {};
  for (const { path, message } of networkSettings.safeParse(trimmed(typed)).error?.issues ?? [])
    errors[String(path[0])] ??= message;
  return errors;
}

/** What main says about single fields. */
function networkErrorsFrom(fields: readonly { path: string; sentence: string }[] = []): NetworkErrors {
  return Object.fromEntries(fields.map(({ path, sentence }) => [path.replace(/^network\./, ''), sentence]));
}
