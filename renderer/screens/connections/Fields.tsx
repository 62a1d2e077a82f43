import { Autocomplete, Button, Collapse, PasswordInput, Stack, Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import type { ConnectionView } from '../../../preload/contract/views.ts';
import type { Provider } from '../../app/place.tsx';
import { Choose } from '../../components/Choose.tsx';
import { awsRegions } from '../../components/regions.ts';
import { text } from './text.ts';
import { advancedFields, keepsStored, type Typed } from './typed.ts';

interface Props {
  readonly provider: Provider;
  readonly form: UseFormReturnType<Typed>;
  readonly editing: ConnectionView | undefined;
}

const unspelled = { spellCheck: false, autoComplete: 'off' };

export function Fields({ provider, form, editing }: Props) {
  const { values } = form;
  const stored = keepsStored(values, editing);
  /** Secrets are only ever typed, never filled in by the app or the browser. */
  const secret = { autoComplete: 'new-password', spellCheck: false, placeholder: stored ? text.stored : '' };
  return (
    <Stack gap="sm">
      <TextInput
        label={text.name}
        placeholder={text.namePlaceholder[provider]}
        data-autofocus
        {...form.getInputProps('name')}
      />
      {provider === 'azure' ? (
        <>
          <TextInput label={text.tenantId} {...unspelled} {...form.getInputProps('tenantId')} />
          <TextInput label={text.clientId} {...unspelled} {...form.getInputProps('clientId')} />
          <Choose
            label={text.signIn}
            value={values.signIn}
            choices={[
              { value: 'secret', label: text.signIns.secret },
              { value: 'certificate', label: text.signIns.certificate },
            ]}
            onChoose={(signIn) => form.setFieldValue('signIn', signIn)}
          />
          {values.signIn === 'secret' ? (
            <PasswordInput label={text.clientSecret} {...secret} {...form.getInputProps('clientSecret')} />
          ) : (
            <Textarea
              label={text.pem}
              description={text.pemHint}
              rows={4}
              {...secret}
              classNames={{ input: 'masked' }}
              {...form.getInputProps('pem')}
            />
          )}
        </>
      ) : (
        <>
          <TextInput
            label={text.accessKeyId}
            {...unspelled}
            placeholder={stored ? `${editing?.credentialHint} ${text.stored}` : ''}
            {...form.getInputProps('accessKeyId')}
          />
          <PasswordInput label={text.secretAccessKey} {...secret} {...form.getInputProps('secretAccessKey')} />
          <Autocomplete
            label={text.region}
            data={awsRegions}
            maxDropdownHeight={220}
            {...form.getInputProps('region')}
          />
        </>
      )}
      <Advanced provider={provider} form={form} />
    </Stack>
  );
}

function Advanced({ provider, form }: Pick<Props, 'provider' | 'form'>) {
  const { values, errors } = form;
  const inUse = advancedFields.some((field) => field !== 'cloud' && values[field] !== '') || values.cloud !== 'public';
  const [opened, setOpened] = useState(inUse);
  // A mistake in here must be seen.
  const shown = opened || advancedFields.some((field) => errors[field] !== undefined);
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
          {provider === 'azure' && (
            <Choose
              label={text.cloud}
              value={values.cloud}
              choices={(['public', 'usgov', 'china', 'custom'] as const).map((cloud) => ({
                value: cloud,
                label: text.clouds[cloud],
              }))}
              onChoose={(cloud) => form.setFieldValue('cloud', cloud)}
            />
          )}
          {provider === 'azure' && values.cloud === 'custom' && (
            <>
              <TextInput
                label={text.authority}
                placeholder="https://"
                {...unspelled}
                {...form.getInputProps('authority')}
              />
              <TextInput
                label={text.resourceManager}
                placeholder="https://"
                {...unspelled}
                {...form.getInputProps('resourceManager')}
              />
            </>
          )}
          {provider === 'aws' && (
            <TextInput
              label={text.endpoint}
              description={text.endpointHint}
              placeholder="https://"
              {...unspelled}
              {...form.getInputProps('endpoint')}
            />
          )}
          <Textarea
            label={text.caBundle}
            description={text.caBundleHint}
            rows={3}
            {...unspelled}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } }}
            {...form.getInputProps('caBundle')}
          />
        </Stack>
      </Collapse>
    </div>
  );
}
