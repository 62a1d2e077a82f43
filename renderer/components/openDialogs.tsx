import { createContext, type ReactNode, use, useEffect, useEffectEvent, useState } from 'react';

type Close = () => void;

interface Open {
  /** Of each dialog, the one on top last. */
  readonly closes: Close[];
  /** Where the focus last returned to. A dialog that takes the place of another returns it there: what opened it is gone. */
  origin: HTMLElement | undefined;
}

const OpenDialogs = createContext<Open | undefined>(undefined);

/** Lets Escape close the dialog on top and no other: the kit's own dialogs would all close at once. */
export function OpenDialogsProvider({ children }: { readonly children: ReactNode }) {
  const [open] = useState<Open>(() => ({ closes: [], origin: undefined }));
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      // An open list of choices marks its field so, and takes this Escape for itself.
      const taken =
        event.target instanceof Element && event.target.getAttribute('data-mantine-stop-propagation') === 'true';
      if (event.key !== 'Escape' || event.isComposing || taken) return;
      open.closes.at(-1)?.();
    };
    window.addEventListener('keydown', press, { capture: true });
    return () => window.removeEventListener('keydown', press, { capture: true });
  }, [open]);
  return <OpenDialogs value={open}>{children}</OpenDialogs>;
}

/**
 * For a dialog that is there as long as it is open: Escape closes it while it is on top, and when it goes the focus
 * returns to where it was before.
 */
export function useOpenDialog(close: Close): void {
  const open = use(OpenDialogs);
  const closeNow = useEffectEvent(close);
  const [before] = useState(() => document.activeElement);
  useEffect(() => {
    const mine = () => closeNow();
    open?.closes.push(mine);
    return () => {
      open?.closes.splice(open.closes.indexOf(mine), 1);
      // A button that is busy gives the focus up to the body.
      const known = before instanceof HTMLElement && before.isConnected && before !== document.body;
      const origin = known ? before : open?.origin;
      origin?.focus({ preventScroll: true });
      if (open) open.origin = origin;
    };
  }, [open, before]);
}
