import { Button, Collapse, Stack, TextInput } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import type { Provider } from '../../app/place.tsx';
import type { PersonSignIn } from '../../bridge/signIn.ts';
import { CaBundle } from '../../components/CaBundle.tsx';
import { AwsFields } from './AwsFields.tsx';
import { AzureFields } from './AzureFields.tsx';
import { GcpFields } from './GcpFields.tsx';
import { text } from './text.ts';
import type { Editing } from './typed.ts';
import { type Form, unspelled } from './useConnectionForm.ts';

interface Props {
  readonly provider: Provider;
  readonly form: Form;
  readonly editing: Editing;
  readonly signIn: PersonSignIn;
  onSignIn(): void;
}

export function Fields({ provider, form, editing, signIn, onSignIn }: Props) {
  return (
    <Stack gap="sm">
      <TextInput
        label={text.name}
        placeholder={text.namePlaceholder[provider]}
        data-autofocus
        {...form.getInputProps('name')}
      />
      {provider === 'azure' && <AzureFields form={form} editing={editing} signIn={signIn} onSignIn={onSignIn} />}
      {provider === 'aws' && <AwsFields form={form} editing={editing} />}
      {provider === 'gcp' && <GcpFields form={form} editing={editing} />}
      <Advanced provider={provider} form={form} />
    </Stack>
  );
}

function Advanced({ provider, form }: Pick<Props, 'provider' | 'form'>) {
  const { values, errors } = form;
  const endpoint = provider === 'azure' ? '' : values[provider].endpoint;
  const [opened, setOpened] = useState(endpoint !== '' || values[provider].caBundle !== '');
  // A mistake in here must be seen.
  const shown = opened || ['endpoint', 'caBundle'].some((field) => errors[`${provider}.${field}`] !== undefined);
  const Chevron = shown ? IconChevronDown : IconChevronRight;
  return (
    <div>
      <Button
        variant="subtle"
        color="gray"
        px={4}
        aria-expanded={shown}
        leftSection={<Chevron size={14} aria-hidden="true" />}
        onClick={() => setOpened(!shown)}
      >
        {text.advanced}
      </Button>
      <Collapse expanded={shown}>
        <Stack gap="sm" pt="xs">
          {provider !== 'azure' && (
            <TextInput
              label={text.endpoint}
              description={text.endpointHint[provider]}
              placeholder="https://"
              {...unspelled}
              {...form.getInputProps(`${provider}.endpoint`)}
            />
          )}
          <CaBundle
            description={text.caBundleHint}
            value={values[provider].caBundle}
            error={errors[`${provider}.caBundle`]}
            field={form.getInputProps(`${provider}.caBundle`)}
            onText={(content) => form.setFieldValue(`${provider}.caBundle`, content)}
            onProblem={(sentence) => form.setFieldError(`${provider}.caBundle`, sentence)}
          />
        </Stack>
      </Collapse>
    </div>
  );
}
