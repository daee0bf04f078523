import { type FormEvent, useEffect, useRef } from 'react';
import { basePath } from '../core/base.ts';
import type { Oidc } from '../core/rest.ts';
import type { SignInState } from '../core/sign-in.ts';
import { defineTexts, useTexts } from '../core/texts.ts';
import { setPageTitle } from '../core/title.ts';
import { isTv } from '../core/tv-address.ts';
import { pages } from '../pages.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { ErrorNote } from '../ui/page.tsx';
import { loadPage } from './page-loader.tsx';
import { PreferenceButtons } from './preference-buttons.tsx';
import styles from './sign-in-form.module.css';

const texts = defineTexts(
  {
    watch: 'Watch over your screens.',
    token: 'Token',
    help: 'You stay signed in on this browser, until you sign out.',
    tvHelp: 'For a TV, use a token with the role viewer.',
    keep: 'Stay signed in on this TV. It is then stored in this browser.',
    tvRetry: 'Trying again every minute.',
    with: (name: string) => `Sign in with ${name}`,
    or: 'or with a token',
    signIn: 'Sign in',
    signingIn: 'Signing in…',
    waiting: 'The server cannot be reached. Retrying…',
  },
  {
    watch: 'Vigila tus pantallas.',
    token: 'Token',
    help: 'La sesión se mantiene en este navegador hasta cerrarla.',
    tvHelp: 'Para un televisor, usar un token con el rol de solo lectura.',
    keep: 'Mantener la sesión en este televisor. Entonces se guarda en este navegador.',
    tvRetry: 'Reintentando cada minuto.',
    with: (name: string) => `Iniciar sesión con ${name}`,
    or: 'o con un token',
    signIn: 'Iniciar sesión',
    signingIn: 'Iniciando sesión…',
    waiting: 'No se puede conectar con el servidor. Reintentando…',
  },
);

export function SignInForm({
  state,
  signIn,
}: {
  state: Exclude<SignInState, { phase: 'in' }>;
  signIn(token: string, keep?: boolean): void;
}) {
  const t = useTexts(texts);
  const token = useRef<HTMLInputElement>(null);
  useEffect(() => {
    setPageTitle('vigia');
    token.current?.focus();
    // Preload the first page while the token is checked.
    if (pages[0]) loadPage(pages[0]).catch(() => {});
  }, []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const token = String(given.get('token') ?? '').trim();
    if (token) signIn(token, given.get('keep') !== null);
  };
  const isBusy = state.phase === 'signingIn';
  return (
    <main className={styles.main}>
      <form className={styles.form} onSubmit={submit}>
        <div className={styles.brand}>
          <img src={`${basePath}/vigia.svg`} alt="" width={40} height={40} />
          <div>
            <h1>vigia</h1>
            <p className="muted">{t.watch}</p>
          </div>
        </div>
        {state.phase === 'out' && state.oidc && (
          <>
            <a className={styles.provider} href={signInPath(state.oidc)}>
              {t.with(state.oidc.name)}
            </a>
            <p className={styles.or}>{t.or}</p>
          </>
        )}
        <Field label={t.token} help={isTv() ? t.tvHelp : t.help}>
          <input ref={token} name="token" type="password" autoComplete="off" spellCheck={false} required />
        </Field>
        {isTv() && (
          <label>
            <input type="checkbox" name="keep" defaultChecked /> {t.keep}
          </label>
        )}
        <Button kind="primary" type="submit" disabled={isBusy && !state.waiting}>
          {isBusy && !state.waiting ? t.signingIn : t.signIn}
        </Button>
        {isBusy && state.waiting && <p role="status">{t.waiting}</p>}
        {state.phase === 'out' && state.why !== undefined && (
          <>
            <ErrorNote error={state.why} />
            {isTv() && <p className="muted">{t.tvRetry}</p>}
          </>
        )}
      </form>
      <PreferenceButtons />
    </main>
  );
}

/** Leads back to this page. */
const signInPath = ({ path }: Oidc) =>
  `${basePath}${path}?to=${encodeURIComponent(location.pathname.slice(basePath.length) + location.search)}`;
