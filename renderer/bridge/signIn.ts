import { useEffect, useRef, useState } from 'react';
import type { AppEvent } from '../../preload/contract/events.ts';
import type { Input } from '../../preload/contract/operations.ts';
import { call, OperationFailure, onEvent } from './call.ts';

type Settings = Input<'connections.signIn'>['settings'];

/** Who signed in, and with which settings: it is good for no others. What came of it stays in main under the id. */
export interface SignedIn {
  readonly signInId: string;
  readonly username: string;
  readonly settings: Settings;
}

export interface PersonSignIn {
  /** Under way: the person is in the browser, or has a code to type. */
  readonly waiting: boolean;
  /** The code to type, once there is one. */
  readonly code: AppEvent['signInCodes'][number] | undefined;
  readonly signedIn: SignedIn | undefined;
  readonly failure: OperationFailure | undefined;
  start(settings: Settings): void;
  cancel(): void;
  /** What was signed in is saved: leaving calls nothing off any more. */
  saved(): void;
}

/** Signs a person in. Called off when the component goes, unless it was saved. */
export function usePersonSignIn(): PersonSignIn {
  const [waiting, setWaiting] = useState(false);
  const [code, setCode] = useState<PersonSignIn['code']>();
  const [signedIn, setSignedIn] = useState<SignedIn>();
  const [failure, setFailure] = useState<OperationFailure>();
  const current = useRef('');

  useEffect(
    () =>
      onEvent(({ signInCodes }) => {
        const mine = signInCodes.findLast(({ signInId }) => signInId === current.current);
        if (mine) setCode(mine);
      }),
    [],
  );
  useEffect(() => () => callOff(current), []);

  return {
    waiting,
    code,
    signedIn,
    failure,
    start(settings) {
      callOff(current);
      const signInId = crypto.randomUUID();
      current.current = signInId;
      setCode(undefined);
      setSignedIn(undefined);
      setFailure(undefined);
      setWaiting(true);
      const isMine = () => current.current === signInId;
      call('connections.signIn', { signInId, settings })
        .then(
          ({ username }) => isMine() && setSignedIn({ signInId, username, settings }),
          (error: unknown) => {
            if (!(error instanceof OperationFailure)) throw error;
            if (isMine()) setFailure(error);
          },
        )
        .finally(() => isMine() && setWaiting(false));
    },
    cancel() {
      callOff(current);
      setWaiting(false);
    },
    saved() {
      current.current = '';
    },
  };
}

/** Main forgets what it knows of the sign-in. Should that be refused, main forgets it by itself after an hour. */
function callOff(current: { current: string }): void {
  const signInId = current.current;
  current.current = '';
  if (signInId !== '') void call('connections.cancelSignIn', { signInId }).catch(() => {});
}
