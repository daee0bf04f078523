import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import type { AroundNavHandler } from 'wouter';
import { useConfirm } from '../ui/dialog.tsx';
import { defineTexts, useTexts } from './texts.ts';

const texts = defineTexts(
  {
    title: 'Leave without the tokens?',
    text: 'They are shown only once, and you have not saved them yet. Without them, the devices need new tokens.',
    leave: 'Leave',
  },
  {
    title: '¿Salir sin los tokens?',
    text: 'Se muestran una sola vez y todavía no se guardaron. Sin ellos, los dispositivos necesitan tokens nuevos.',
    leave: 'Salir',
  },
);

interface Leaving {
  /** Asks if something would be lost. */
  mayLeave(): Promise<boolean>;
  /** Something would be lost, until the result is called. */
  hold(): () => void;
  aroundNav: AroundNavHandler;
}

const Context = createContext<Leaving | undefined>(undefined);

/** Asks before a page with tokens that are shown only once is left. */
export function LeavingProvider({ children }: { children: ReactNode }) {
  const t = useTexts(texts);
  const confirm = useConfirm();
  const [held] = useState(() => new Set<object>());
  const leaving = useMemo<Leaving>(() => {
    const mayLeave = async () =>
      held.size === 0 || (await confirm({ title: t.title, text: t.text, action: t.leave, danger: true }));
    return {
      mayLeave,
      hold() {
        const one = {};
        held.add(one);
        return () => void held.delete(one);
      },
      aroundNav: (navigate, to, options) => {
        if (held.size === 0) return navigate(to, options);
        void mayLeave().then((yes) => yes && navigate(to, options));
      },
    };
  }, [confirm, held, t]);
  return <Context value={leaving}>{children}</Context>;
}

export function useLeaving(): Leaving {
  const leaving = useContext(Context);
  if (!leaving) throw new Error('There is no LeavingProvider above.');
  return leaving;
}

/** While true, leaving the page asks first: by a link, by Back, by closing or reloading it, and by signing out. */
export function useUnsaved(isUnsaved: boolean): void {
  const { hold, mayLeave } = useLeaving();
  useEffect(() => {
    if (!isUnsaved) return;
    const release = hold();
    const onUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    // A browser does not ask whether Back may leave: the first one stays on this page.
    history.pushState(history.state, '', location.href);
    const onBack = () =>
      void mayLeave().then((yes) => {
        if (!yes) return history.pushState(history.state, '', location.href);
        removeEventListener('popstate', onBack);
        history.back();
      });
    addEventListener('beforeunload', onUnload);
    addEventListener('popstate', onBack);
    return () => {
      release();
      removeEventListener('beforeunload', onUnload);
      removeEventListener('popstate', onBack);
    };
  }, [isUnsaved, hold, mayLeave]);
}
