import { connectAdmin } from '../../client/admin.ts';
import { createSubscribers } from '../../client/subscribers.ts';
import type { Role } from '../../protocol/roles.ts';
import { serverUrl } from './base.ts';
import { createCensus } from './census.ts';
import type { Clock } from './clock.tsx';
import { RestError } from './errors.ts';
import { createFleet } from './fleet.ts';
import { createOrders } from './orders.ts';
import { createPictures } from './pictures.ts';
import { createRest } from './rest.ts';
import { createSelection } from './selection.ts';
import type { Session } from './session.tsx';
import { isTv } from './tv-address.ts';

/** `why`: the error that ended the last session or sign-in. `waiting`: the server does not respond yet. */
export type SignInState =
  | { phase: 'out'; why?: unknown }
  | { phase: 'signingIn'; waiting: boolean }
  | { phase: 'in'; session: Session };

export interface SignIn {
  get(): SignInState;
  subscribe(listener: () => void): () => void;
  /** `keep`: also for the next start of the browser. */
  signIn(token: string, keep?: boolean): void;
}

interface Me {
  name: string;
  role: Role;
  groups?: readonly string[];
  now: string;
}

const TOKEN = 'vigia.token';
/** A TV's token, which outlives the browser's restart if the user wants that. */
const TV_TOKEN = 'vigia.tvToken';
const RETRY_MS = 2000;
/** A refused token may become valid again, and nobody is at a TV. */
const TV_RETRY_MS = 60_000;

/**
 * The sign-in. The token is kept in sessionStorage, so a reload stays signed in and other tabs are separate. A TV tries a
 * refused token again, and takes the new one that was kept in another tab.
 */
export function createSignIn(clock: Clock): SignIn {
  const listeners = createSubscribers<void>();
  let state: SignInState = { phase: 'out' };
  let leave = () => {};
  let retry: ReturnType<typeof setTimeout> | undefined;

  function become(next: SignInState): void {
    state = next;
    listeners.tell();
  }

  function signIn(token: string, keep = false): void {
    clearTimeout(retry);
    leave();
    let isOver = false;
    const out = (why?: unknown) => {
      if (isOver) return;
      isOver = true;
      leave = () => {};
      sessionStorage.removeItem(TOKEN);
      admin.close();
      pictures.clear();
      become(why === undefined ? { phase: 'out' } : { phase: 'out', why });
      if (why === undefined) {
        if (localStorage.getItem(TV_TOKEN) === token) localStorage.removeItem(TV_TOKEN);
      } else if (isTv()) retry = setTimeout(() => signIn(token, keep), TV_RETRY_MS);
    };
    leave = out;
    const rest = createRest(token, out);
    const pictures = createPictures(rest);
    // Connect at once, so that documents load while the token is checked.
    const admin = connectAdmin<string>({ url: serverUrl, token, scope: { all: true } });
    admin.onStatus(({ link, error }) => link === 'ended' && out(error));
    const fleet = createFleet(admin);
    const census = createCensus(fleet);
    const orders = createOrders(admin);
    const selection = createSelection(fleet);

    const ask = async (): Promise<void> => {
      try {
        const { now, ...me } = await rest.get<Me>('/me');
        if (isOver) return;
        clock.set(Date.parse(now));
        sessionStorage.setItem(TOKEN, token);
        if (keep) localStorage.setItem(TV_TOKEN, token);
        const session = {
          ...me,
          admin,
          rest,
          fleet,
          census,
          orders,
          pictures,
          selection,
          signOut: () => out(),
        };
        become({ phase: 'in', session });
      } catch (error) {
        if (isOver) return;
        if (error instanceof RestError && error.status > 0 && error.status < 500) return out(error);
        become({ phase: 'signingIn', waiting: true });
        setTimeout(() => isOver || void ask(), RETRY_MS);
      }
    };
    become({ phase: 'signingIn', waiting: false });
    void ask();
  }

  const kept = sessionStorage.getItem(TOKEN) ?? (isTv() ? localStorage.getItem(TV_TOKEN) : null);
  if (kept) signIn(kept);
  addEventListener('storage', ({ key, newValue }) => {
    if (key === TV_TOKEN && newValue && isTv() && state.phase === 'out') signIn(newValue);
  });

  return {
    get: () => state,
    subscribe: listeners.add,
    signIn,
  };
}
