import { PasswordInput, Text, TextInput } from '@mantine/core';
import type { PersonSignIn } from '../../bridge/signIn.ts';
import { Choose } from '../../components/Choose.tsx';
import { FileText } from '../../components/FileText.tsx';
import { isGoodFor, keepsStored } from './draft.ts';
import { SignIn } from './SignIn.tsx';
import { text } from './text.ts';
import type { Editing } from './typed.ts';
import { choices, type Form, secretField, unspelled } from './useConnectionForm.ts';

interface Props {
  readonly form: Form;
  readonly editing: Editing;
  readonly signIn: PersonSignIn;
  onSignIn(): void;
}

export function AzureFields({ form, editing, signIn, onSignIn }: Props) {
  const { azure } = form.values;
  const stored = keepsStored('azure', form.values, editing);
  const way = azure.signIn;
  return (
    <>
      <Choose
        label={text.cloud}
        value={azure.cloud}
        choices={choices(text.clouds)}
        onChoose={(cloud) => form.setFieldValue('azure.cloud', cloud)}
      />
      {azure.cloud === 'custom' && (
        <>
          <TextInput
            label={text.authority}
            placeholder="https://"
            {...unspelled}
            {...form.getInputProps('azure.authority')}
          />
          <TextInput
            label={text.resourceManager}
            placeholder="https://"
            {...unspelled}
            {...form.getInputProps('azure.resourceManager')}
          />
        </>
      )}
      <TextInput label={text.tenantId} {...unspelled} {...form.getInputProps('azure.tenantId')} />
      <Choose
        label={text.signIn}
        value={way}
        choices={choices(text.azureSignIns)}
        onChoose={(chosen) => {
          if (signIn.waiting) signIn.cancel();
          form.setFieldValue('azure.signIn', chosen);
        }}
      />
      {way !== 'cli' && (
        <TextInput
          label={text.clientId}
          {...(way === 'browser' || way === 'device-code' ? { description: text.publicClient[way] } : {})}
          {...unspelled}
          {...form.getInputProps('azure.clientId')}
        />
      )}
      {way === 'secret' && (
        <PasswordInput
          label={text.clientSecret}
          {...secretField(stored)}
          {...form.getInputProps('azure.clientSecret')}
        />
      )}
      {way === 'certificate' && (
        <FileText
          label={text.pem}
          description={text.pemHint}
          accept=".pem,.crt,.cer,.key,.txt"
          contents="with certificate and key"
          limit={65_536}
          secret
          placeholder={stored ? text.stored : ''}
          value={azure.pem}
          error={form.errors['azure.pem']}
          field={form.getInputProps('azure.pem')}
          onText={(content) => form.setFieldValue('azure.pem', content)}
          onProblem={(sentence) => form.setFieldError('azure.pem', sentence)}
        />
      )}
      {way === 'cli' && <Text c="dimmed">{text.cliHint}</Text>}
      {(way === 'browser' || way === 'device-code') && (
        <SignIn
          signIn={signIn}
          way={way}
          who={isGoodFor(signIn.signedIn, form.values) ? signIn.signedIn.username : undefined}
          stored={stored && editing ? editing.credentialHint : undefined}
          error={form.errors['azure.signInId']}
          onSignIn={onSignIn}
        />
      )}
    </>
  );
}
