import { Autocomplete, Group, PasswordInput, Stack, Switch, Text, TextInput } from '@mantine/core';
import { Choose } from '../../components/Choose.tsx';
import { awsRegions } from '../../components/regions.ts';
import { keepsStored } from './draft.ts';
import { text } from './text.ts';
import type { Editing } from './typed.ts';
import { choices, type Form, secretField, unspelled } from './useConnectionForm.ts';

export function AwsFields({ form, editing }: { readonly form: Form; readonly editing: Editing }) {
  const { aws } = form.values;
  return (
    <>
      <Choose
        label={text.signIn}
        value={aws.signIn}
        choices={choices(text.awsSignIns)}
        onChoose={(signIn) => form.setFieldValue('aws.signIn', signIn)}
      />
      {aws.signIn === 'keys' && <Keys form={form} editing={editing} />}
      {aws.signIn === 'profile' && (
        <TextInput
          label={text.profile}
          description={text.profileHint}
          {...unspelled}
          {...form.getInputProps('aws.profile')}
        />
      )}
      {aws.signIn === 'sso' && <Sso form={form} />}
      <Autocomplete
        label={text.region}
        data={awsRegions}
        maxDropdownHeight={220}
        {...form.getInputProps('aws.region')}
      />
      <Switch
        label={text.asRole}
        description={text.asRoleHint}
        {...form.getInputProps('aws.asRole', { type: 'checkbox' })}
      />
      {aws.asRole && <Role form={form} />}
    </>
  );
}

function Keys({ form, editing }: { readonly form: Form; readonly editing: Editing }) {
  const stored = keepsStored('aws', form.values, editing);
  return (
    <>
      <TextInput
        label={text.accessKeyId}
        {...unspelled}
        placeholder={stored ? `${editing?.credentialHint} ${text.stored}` : ''}
        {...form.getInputProps('aws.accessKeyId')}
      />
      <PasswordInput
        label={text.secretAccessKey}
        {...secretField(stored)}
        {...form.getInputProps('aws.secretAccessKey')}
      />
      <PasswordInput
        label={text.sessionToken}
        description={text.sessionTokenHint}
        {...secretField(false)}
        {...form.getInputProps('aws.sessionToken')}
      />
    </>
  );
}

function Sso({ form }: { readonly form: Form }) {
  return (
    <>
      <Text c="dimmed">{text.ssoHint}</Text>
      <TextInput
        label={text.startUrl}
        placeholder="https://example.awsapps.com/start"
        {...unspelled}
        {...form.getInputProps('aws.sso.startUrl')}
      />
      <Group grow gap="sm" align="flex-start">
        <Autocomplete
          label={text.ssoRegion}
          data={awsRegions}
          maxDropdownHeight={220}
          {...form.getInputProps('aws.sso.region')}
        />
        <TextInput
          label={text.accountId}
          inputMode="numeric"
          {...unspelled}
          {...form.getInputProps('aws.sso.accountId')}
        />
      </Group>
      <TextInput label={text.roleName} {...unspelled} {...form.getInputProps('aws.sso.roleName')} />
    </>
  );
}

function Role({ form }: { readonly form: Form }) {
  return (
    <Stack gap="sm" className="inset">
      <TextInput
        label={text.roleArn}
        placeholder="arn:aws:iam::123456789012:role/name"
        {...unspelled}
        {...form.getInputProps('aws.assumeRole.roleArn')}
      />
      <Group grow gap="sm" align="flex-start">
        <TextInput
          label={text.externalId}
          description={text.externalIdHint}
          {...unspelled}
          {...form.getInputProps('aws.assumeRole.externalId')}
        />
        <TextInput
          label={text.sessionName}
          description={text.sessionNameHint}
          {...unspelled}
          {...form.getInputProps('aws.assumeRole.sessionName')}
        />
      </Group>
    </Stack>
  );
}
