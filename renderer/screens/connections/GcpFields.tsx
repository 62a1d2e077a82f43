import { Autocomplete, Button, Group, Text, TextInput } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { type ChangeEvent, useEffect, useRef } from 'react';
import { Choose } from '../../components/Choose.tsx';
import { FileText } from '../../components/FileText.tsx';
import { gcpLocations } from '../../components/regions.ts';
import { keepsStored } from './draft.ts';
import { readKeyFile } from './keyFile.ts';
import { text } from './text.ts';
import type { Editing } from './typed.ts';
import { choices, type Form, unspelled } from './useConnectionForm.ts';

export function GcpFields({ form, editing }: { readonly form: Form; readonly editing: Editing }) {
  const { gcp } = form.values;
  return (
    <>
      <Choose
        label={text.signIn}
        value={gcp.signIn}
        choices={choices(text.gcpSignIns)}
        onChoose={(signIn) => form.setFieldValue('gcp.signIn', signIn)}
      />
      {gcp.signIn === 'key' ? <Key form={form} editing={editing} /> : <Text c="dimmed">{text.adcHint}</Text>}
      <TextInput label={text.projectId} {...unspelled} {...form.getInputProps('gcp.projectId')} />
      <Autocomplete
        label={text.location}
        description={text.locationHint}
        data={gcpLocations}
        maxDropdownHeight={220}
        {...form.getInputProps('gcp.location')}
      />
      <TextInput
        label={text.impersonate}
        description={text.impersonateHint}
        placeholder="name@project.iam.gserviceaccount.com"
        {...unspelled}
        {...form.getInputProps('gcp.impersonate')}
      />
    </>
  );
}

/** Of a good key file only whose it is is shown again. */
function Key({ form, editing }: { readonly form: Form; readonly editing: Editing }) {
  const { serviceAccountKey } = form.values.gcp;
  const stored = keepsStored('gcp', form.values, editing);
  const file = serviceAccountKey === '' ? undefined : readKeyFile(serviceAccountKey);
  const good = file && 'clientEmail' in file ? file : undefined;
  const take = (content: string) => {
    const read = readKeyFile(content);
    form.setFieldValue('gcp.serviceAccountKey', content);
    if ('problem' in read) form.setFieldError('gcp.serviceAccountKey', read.problem);
    else if (form.getValues().gcp.projectId.trim() === '') form.setFieldValue('gcp.projectId', read.projectId);
  };
  const box = useRef<HTMLDivElement>(null);
  const isGood = good !== undefined;
  const shownBefore = useRef(isGood);
  useEffect(() => {
    if (shownBefore.current === isGood) return;
    shownBefore.current = isGood;
    // What was used to give the key, or to take it away, is gone from the page, and the focus with it.
    box.current?.querySelector<HTMLElement>('[data-path]')?.focus();
  }, [isGood]);
  return (
    <div ref={box}>
      <div role="status">
        {good && (
          <Group gap="xs" wrap="nowrap" className="inset">
            <IconCircleCheck size={17} className="tone-good" aria-hidden="true" style={{ flex: 'none' }} />
            <Text style={{ flex: 1, overflowWrap: 'anywhere' }}>
              {text.keyRead} <span className="mono">{good.clientEmail}</span>
            </Text>
            <Button
              variant="default"
              flex="none"
              data-path="gcp.serviceAccountKey"
              onClick={() => form.setFieldValue('gcp.serviceAccountKey', '')}
            >
              {text.keyOther}
            </Button>
          </Group>
        )}
      </div>
      {!good && (
        <FileText
          label={text.serviceAccountKey}
          description={text.serviceAccountKeyHint}
          accept=".json,application/json"
          contents="with the key"
          limit={65_536}
          secret
          rows={3}
          placeholder={stored ? `${editing?.credentialHint} ${text.stored}` : ''}
          value={serviceAccountKey}
          error={form.errors['gcp.serviceAccountKey']}
          field={{
            ...form.getInputProps('gcp.serviceAccountKey'),
            onChange: (event: ChangeEvent<HTMLTextAreaElement>) => take(event.currentTarget.value),
          }}
          onText={take}
          onProblem={(sentence) => form.setFieldError('gcp.serviceAccountKey', sentence)}
        />
      )}
    </div>
  );
}
