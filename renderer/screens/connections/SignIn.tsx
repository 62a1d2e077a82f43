import { Button, Group, Loader, Stack, Text } from '@mantine/core';
import { IconCircleCheck, IconLogin2 } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef } from 'react';
import type { PersonSignIn } from '../../bridge/signIn.ts';
import { Callout } from '../../components/Callout.tsx';
import { Copy } from '../../components/Copy.tsx';
import { Failure } from '../../components/Failure.tsx';
import { fromNow } from '../../components/format.ts';
import { useNow } from '../../components/useNow.ts';
import { text } from './text.ts';

interface Props {
  readonly signIn: PersonSignIn;
  readonly way: 'browser' | 'device-code';
  /** Who is signed in with exactly what is typed now. */
  readonly who: string | undefined;
  /** Who the stored sign-in is of, if it still fits what is typed. */
  readonly stored: string | undefined;
  readonly error: ReactNode;
  onSignIn(): void;
}

const words = text.person;

/** Signs a person in before the connection is saved, and says who it was. */
export function SignIn({ signIn, way, who, stored, error, onSignIn }: Props) {
  const { waiting, code, signedIn, failure } = signIn;
  const isIn = who ?? stored;
  const box = useRef<HTMLDivElement>(null);
  // The code makes this higher: code and button stay in view.
  useEffect(() => {
    if (code) box.current?.scrollIntoView({ block: 'nearest' });
  }, [code]);
  const label = waiting ? words.cancel : signedIn || stored !== undefined ? words.signInAgain : words.signIn;
  return (
    <Stack gap={8} ref={box}>
      <div role="status">
        {waiting && (way === 'browser' ? <Waiting sentence={words.browserWaiting} /> : <CodeOrWaiting code={code} />)}
        {!waiting && isIn !== undefined && (
          <Group gap={6} wrap="nowrap">
            <IconCircleCheck size={17} className="tone-good" aria-hidden="true" style={{ flex: 'none' }} />
            <Text style={{ overflowWrap: 'anywhere' }}>
              {who === undefined ? words.signedInStored : words.signedIn} <b>{isIn}</b>
            </Text>
          </Group>
        )}
        {!waiting && isIn === undefined && !signedIn && (
          <Text c="dimmed">{way === 'browser' ? words.browserHint : words.codeHint}</Text>
        )}
        {!waiting && isIn === undefined && signedIn && (
          <Callout tone="doubt" title={words.changed}>
            <Text>{words.changedFix}</Text>
          </Callout>
        )}
      </div>
      <Failure failure={failure} />
      {/* One button for all of it, so that the focus stays on it. */}
      <Group gap="sm">
        <Button
          variant={waiting || isIn !== undefined ? 'default' : 'filled'}
          data-path="azure.signInId"
          aria-describedby={error ? 'sign-in-error' : undefined}
          {...(waiting ? {} : { leftSection: <IconLogin2 size={15} aria-hidden="true" /> })}
          onClick={waiting ? signIn.cancel : onSignIn}
        >
          {label}
        </Button>
        {error && (
          <Text id="sign-in-error" size="xs" c="var(--mantine-color-error)">
            {error}
          </Text>
        )}
      </Group>
    </Stack>
  );
}

function Waiting({ sentence }: { readonly sentence: string }) {
  return (
    <Group gap="xs">
      <Loader size={16} />
      <Text>{sentence}</Text>
    </Group>
  );
}

function CodeOrWaiting({ code }: Pick<PersonSignIn, 'code'>) {
  if (!code) return <Waiting sentence={words.codeComing} />;
  return <Code key={code.userCode} code={code} />;
}

function Code({ code }: { readonly code: NonNullable<PersonSignIn['code']> }) {
  const now = useNow();
  const over = code.expiresAt <= now;
  return (
    <Stack gap={6}>
      <Group gap={4}>
        <Text style={{ overflowWrap: 'anywhere' }}>
          {words.codeAddress} <span className="mono">{code.address}</span>
        </Text>
        <Copy text={code.address} what="address" />
        <Text>{words.codeType}</Text>
      </Group>
      <Group gap={6}>
        <span className="sign-in-code">{code.userCode}</span>
        <Copy text={code.userCode} what="code" />
      </Group>
      {over ? (
        <Text c="var(--doubt-ink)">{words.expired}</Text>
      ) : (
        <Text c="dimmed">
          {words.expires} {fromNow(code.expiresAt, now)}.
        </Text>
      )}
      {!over && <Waiting sentence={words.codeWaiting} />}
    </Stack>
  );
}
