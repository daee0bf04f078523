import { CSPProvider } from '@base-ui/react/csp-provider';
import { useSyncExternalStore } from 'react';
import { Router, useLocation, useSearchParams } from 'wouter';
import { basePath } from './core/base.ts';
import { type Clock, ClockProvider } from './core/clock.tsx';
import { KeysProvider } from './core/keys.tsx';
import { LeavingProvider, useLeaving } from './core/leaving.tsx';
import { PreferencesProvider } from './core/preferences.tsx';
import { SessionProvider } from './core/session.tsx';
import type { SignIn } from './core/sign-in.ts';
import type { PageEntry } from './pages.ts';
import { PageFault } from './shell/page-fault.tsx';
import { LoadedPage } from './shell/page-loader.tsx';
import { Shell } from './shell/shell.tsx';
import { SignInForm } from './shell/sign-in-form.tsx';
import { ConfirmProvider } from './ui/dialog.tsx';
import { ToastProvider } from './ui/toast.tsx';

const tv: PageEntry = { path: '/', load: () => import('./pages/wall/tv/page.tsx') };

export function App({ clock, signIn }: { clock: Clock; signIn: SignIn }) {
  const state = useSyncExternalStore(signIn.subscribe, signIn.get);
  return (
    <CSPProvider disableStyleElements>
      <PreferencesProvider>
        <ClockProvider clock={clock}>
          <KeysProvider>
            <ToastProvider>
              <ConfirmProvider>
                {state.phase === 'in' ? (
                  <SessionProvider session={state.session}>
                    <LeavingProvider>
                      <Routed />
                    </LeavingProvider>
                  </SessionProvider>
                ) : (
                  <SignInForm state={state} signIn={signIn.signIn} />
                )}
              </ConfirmProvider>
            </ToastProvider>
          </KeysProvider>
        </ClockProvider>
      </PreferencesProvider>
    </CSPProvider>
  );
}

function Routed() {
  const { aroundNav } = useLeaving();
  return (
    <Router base={basePath} aroundNav={aroundNav}>
      <Frame />
    </Router>
  );
}

/** The wall in TV mode has no navigation. */
function Frame() {
  const [path] = useLocation();
  const [params] = useSearchParams();
  if (path !== '/' || !params.has('tv')) return <Shell />;
  return (
    <PageFault>
      <LoadedPage page={tv} />
    </PageFault>
  );
}
