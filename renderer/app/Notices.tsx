import { Text } from '@mantine/core';
import type { NoticeView } from '../../preload/contract/views.ts';
import { useCommand } from '../bridge/hooks.ts';
import { Callout } from '../components/Callout.tsx';
import { useMessages } from './messages.tsx';
import { text } from './text.ts';

const tones = { info: 'busy', warning: 'doubt', error: 'bad' } as const;

/** What the app has to say by itself, until the person dismisses it. */
export function Notices({ notices }: { readonly notices: readonly NoticeView[] }) {
  const dismiss = useCommand('notices.dismiss');
  const { sayFailure } = useMessages();
  return notices.map(({ id, level, sentence, fix }) => (
    <Callout
      key={id}
      tone={tones[level]}
      title={sentence}
      role={level === 'error' ? 'alert' : 'status'}
      dismissLabel={text.dismiss}
      onDismiss={() => dismiss.mutate({ id }, { onError: (failure) => sayFailure('The notice stays', failure) })}
    >
      {fix !== '' && <Text>{fix}</Text>}
    </Callout>
  ));
}
