import { connectAdmin } from '../../client/admin.ts';
import { createSubscribers } from '../../client/subscribers.ts';
import { basePath, serverUrl } from './base.ts';
import { createCensus } from './census.ts';
import type { Clock } from './clock.tsx';
import { RestError } from './errors.ts';
import { createFleet } from './fleet.ts';
import { createOrders } from './orders.ts';
import { createPictures } from './pictures.ts';
import { askSession, createRest, type Oidc, type Opened } from './rest.ts';
import { createSelection } from './selection.ts';
import type { Session } from './session.tsx';
import { isTv } from './tv-address.ts';

/** `why`: the error that ended the last session or sign-in. `waiting`: the server does not respond yet. */
export type SignInState =
  | { phase: 'out'; why?: unknown; oidc?: Oidc | undefined }
  | { phase: 'signingIn'; waiting: boolean }
  | { phase: 'in'; session: Session };

export interface SignIn {
  get(): SignInState;
  subscribe(listener: () => void): () => void;
  /** `keep`: a TV opens a new session with the token when its session has ended. */
  signIn(token: string, keep?: boolean): void;
}

// An origin may have several servers, each below its own path.
/** The id of the browser's session: tells the other tabs that it has changed. */
const SESSION = `vigia.session${basePath}`;
/** A TV's token, which outlives its session if the user wants that. */
const TV_TOKEN = `vigia.tvToken${basePath}`;
const RETRY_MS = 2000;
/** A refused token may become valid again, and nobody is at a TV. */
const TV_RETRY_MS = 60_000;

/**
 * The sign-in. The browser has one session, in a cookie that no script can read, so all tabs are signed in and out
 * together. A TV tries again when its session has ended.
 */
export function createSignIn(clock: Clock): SignIn {
  const listeners = createSubscribers<void>();
  let state: SignInState = { phase: 'out' };
  /** Ends the current session of this page, or the attempt to open one. */
  let leave = () => {};
  let retry: ReturnType<typeof setTimeout> | undefined;
  let oidc: Oidc | undefined;
  let tvToken = isTv() ? localStorage.getItem(TV_TOKEN) : null;

  function become(next: SignInState): void {
    state = next;
    listeners.tell();
  }

  function out(why?: unknown): void {
    leave();
    become({ phase: 'out', oidc, ...(why !== undefined && { why }) });
    if (why !== undefined && isTv()) {
      retry = setTimeout(() => (tvToken ? enter(tvToken) : enter()), TV_RETRY_MS);
    }
  }

  /** With a token: opens a session. Without: continues the browser's, if there is one. */
  function enter(token?: string): void {
    clearTimeout(retry);
    leave();
    let isOver = false;
    leave = () => {
      isOver = true;
    };
    const ask = async (): Promise<void> => {
      try {
        const { session: opened, oidc: offered } = await askSession(token);
        if (isOver) return;
        oidc = offered ?? oidc;
        if (opened) start(opened);
        else if (tvToken) enter(tvToken);
        else become({ phase: 'out', oidc, ...ssoRefusal() });
      } catch (error) {
        if (isOver) return;
        if (error instanceof RestError && error.status > 0 && error.status < 500) return out(error);
        become({ phase: 'signingIn', waiting: true });
        retry = setTimeout(() => isOver || void ask(), RETRY_MS);
      }
    };
    if (token !== undefined) become({ phase: 'signingIn', waiting: false });
    void ask();
  }

  function start({ id, now, ...me }: Opened): void {
    clock.set(Date.parse(now));
    let isOver = false;
    const ended = (error: unknown) => isOver || out(sessionOver(error));
    const rest = createRest(ended);
    const pictures = createPictures(rest);
    const admin = connectAdmin<string>({ url: serverUrl, scope: { all: true } });
    admin.onStatus(({ link, error }) => link === 'ended' && ended(error));
    const fleet = createFleet(admin);
    leave = () => {
      isOver = true;
      leave = () => {};
      admin.close();
      pictures.clear();
    };
    localStorage.setItem(SESSION, id);
    const session = {
      id,
      ...me,
      admin,
      rest,
      fleet,
      census: createCensus(fleet),
      orders: createOrders(admin),
      pictures,
      selection: createSelection(fleet),
      async signOut() {
        await rest.delete('/session');
        tvToken = null;
        localStorage.removeItem(TV_TOKEN);
        localStorage.removeItem(SESSION);
        out();
      },
    };
    become({ phase: 'in', session });
  }

  enter();
  addEventListener('storage', ({ key, newValue }) => {
    if (key === TV_TOKEN && isTv()) tvToken = newValue ?? tvToken;
    if (key !== SESSION) return;
    if (newValue === null) out();
    else if (state.phase !== 'in' || state.session.id !== newValue) enter();
  });

  return {
    get: () => state,
    subscribe: listeners.add,
    signIn(token, keep = false) {
      if (isTv()) tvToken = token;
      if (isTv() && keep) localStorage.setItem(TV_TOKEN, token);
      enter(token);
    },
  };
}

/** Why the identity provider's sign-in led to no session. */
function ssoRefusal(): { why?: RestError } {
  const query = new URLSearchParams(location.search);
  const why = query.get('sso');
  if (why === null) return {};
  query.delete('sso');
  history.replaceState(history.state, '', `${location.pathname}${query.size > 0 ? `?${query}` : ''}`);
  const code = why === 'denied' ? 'sso_denied' : 'sso_failed';
  return { why: new RestError(code, 403, '') };
}

/** The server refuses the cookie of a session that was ended like a wrong token. */
function sessionOver(error: unknown): unknown {
  const { code } = (error ?? {}) as { code?: string };
  return code === 'unauthorized' ? new RestError('session_over', 401, '') : error;
}
