import { createContext, type ReactNode, use, useEffect, useEffectEvent, useState } from 'react';

type Close = () => void;

const OpenDialogs = createContext<Close[] | undefined>(undefined);

/** Lets Escape close the dialog on top and no other: the kit's own dialogs would all close at once. */
export function OpenDialogsProvider({ children }: { readonly children: ReactNode }) {
  const [open] = useState<Close[]>(() => []);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      // An open list of choices marks its field so, and takes this Escape for itself.
      const taken =
        event.target instanceof Element && event.target.getAttribute('data-mantine-stop-propagation') === 'true';
      if (event.key !== 'Escape' || event.isComposing || taken) return;
      open.at(-1)?.();
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
    open?.push(mine);
    return () => {
      open?.splice(open.indexOf(mine), 1);
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, [open, before]);
}
