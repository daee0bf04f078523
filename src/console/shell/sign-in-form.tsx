import { type FormEvent, useEffect, useRef } from 'react';
import { basePath } from '../core/base.ts';
import type { SignInState } from '../core/sign-in.ts';
import { defineTexts, useTexts } from '../core/texts.ts';
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
    help: 'Stored in this tab only.',
    signIn: 'Sign in',
    signingIn: 'Signing in…',
    waiting: 'The server cannot be reached. Retrying…',
  },
  {
    watch: 'Vigila tus pantallas.',
    token: 'Token',
    help: 'Solo se guarda en esta pestaña.',
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
  signIn(token: string): void;
}) {
  const t = useTexts(texts);
  const token = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = 'vigia';
    token.current?.focus();
    // Preload the first page while the token is checked.
    if (pages[0]) loadPage(pages[0]).catch(() => {});
  }, []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get('token') ?? '').trim();
    if (token) signIn(token);
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
        <Field label={t.token} help={t.help}>
          <input ref={token} name="token" type="password" autoComplete="off" spellCheck={false} required />
        </Field>
        <Button kind="primary" type="submit" disabled={isBusy && !state.waiting}>
          {isBusy && !state.waiting ? t.signingIn : t.signIn}
        </Button>
        {isBusy && state.waiting && <p role="status">{t.waiting}</p>}
        {state.phase === 'out' && state.why !== undefined && <ErrorNote error={state.why} />}
      </form>
      <PreferenceButtons />
    </main>
  );
}
