import type { LockView } from '../../preload/contract/views.ts';
import { Failure } from '../domain/failure.ts';
import {
  choosePassphrase,
  type KeyringDeps,
  type KeyringState,
  openKeyring,
  startOver,
  unlock,
} from '../store/keyring.ts';
import type { Keyring } from '../store/ports.ts';

/** The credential store's door: shut until SECRET_KEY was had, and what opens it. */
export interface Lock {
  view(): LockView;
  /** @throws Failure `auth`, code `store-locked`, while it is shut */
  keyring(): Keyring;
  /** Tries what opens it without a person: the environment or the keychain. */
  tryOpen(): Promise<LockView>;
  /** Opens it with the passphrase chosen earlier, or chooses one where there is no keychain. */
  open(passphrase: string): Promise<LockView>;
  /** Gives a lost key up: see `startOver` in main/store/keyring. */
  startOver(): Promise<LockView>;
}

/** @param onOpened called each time the door has opened */
export function createLock(deps: KeyringDeps, onOpened: () => void): Lock {
  let state: KeyringState | { readonly state: 'opening' } = { state: 'opening' };
  const become = (next: KeyringState): LockView => {
    state = next;
    if (next.state === 'open') onOpened();
    return view();
  };
  const view = (): LockView => {
    if (state.state === 'opening')
      return { state: 'opening', keptIn: null, sentence: 'Opening the credential store.', fix: '' };
    if (state.state === 'open') return { state: 'open', keptIn: state.keptIn, sentence: '', fix: '' };
    return { state: state.state, keptIn: null, sentence: state.why.sentence, fix: state.why.fix };
  };
  // One after another: two at once could each make a key, and leave the keychain with the one that the store does not know.
  let before: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<LockView>): Promise<LockView> => {
    const mine = before.then(work);
    before = mine.catch(() => {});
    return mine;
  };
  return {
    view,
    keyring() {
      if (state.state === 'open') return state.keyring;
      const { sentence, fix } = view();
      throw new Failure({
        kind: 'auth',
        code: 'store-locked',
        sentence: `Stored credentials are locked. ${sentence}`,
        fix,
      });
    },
    tryOpen: () => inTurn(async () => become(await openKeyring(deps))),
    open: (passphrase) =>
      inTurn(async () => {
        switch (state.state) {
          case 'needs-passphrase':
            return become({ state: 'open', keyring: await unlock(deps, passphrase), keptIn: 'passphrase' });
          case 'needs-new-passphrase':
            return become({ state: 'open', keyring: await choosePassphrase(deps, passphrase), keptIn: 'passphrase' });
          case 'open':
          case 'opening':
          case 'key-lost':
            return view();
        }
      }),
    startOver: () =>
      inTurn(async () => {
        if (state.state !== 'key-lost' && state.state !== 'needs-passphrase') return view();
        return become(await startOver(deps));
      }),
  };
}
