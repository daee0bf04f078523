/**
 * Decides which session is the device if several register with its id (SPEC P8). Two sessions of one machine are a lost
 * connection and its successor. Two machines are a conflict; the displaced session is kept.
 */

/** A registered connection, with the data that identifies its machine. */
export interface Session {
  /** Identifies this registration; the player receives it. */
  id: string;
  /** The remote address. */
  address: string;
  /** The hardware addresses sent with the registration. */
  macs: readonly string[];
}

/** A session that was displaced by a newer one of another machine. */
export interface Displaced extends Session {
  /** It has answered a ping since. A session that does not answer is a dead connection. */
  isAlive: boolean;
}

/** A displaced session that does not answer a ping within this time is ended. */
export const PROBE_WAIT_MS = 5000;
/** Maximum number of displaced sessions of a device. */
export const MAX_DISPLACED = 4;

export type RivalEvent =
  | { type: 'REGISTERED'; session: Session }
  | { type: 'DISCONNECTED'; sessionId: string }
  /** A displaced session answered the ping, or did not answer in time. */
  | { type: 'ANSWERED'; sessionId: string }
  | { type: 'PROBE_MISSED'; sessionId: string };

/** The result of an event for all sessions of a device. */
export interface Settlement {
  /** In the order of registration. */
  displaced: readonly Displaced[];
  /** To be ended: replaced by a newer session of the same machine, dead, or above the limit. */
  replaced: readonly Session[];
  /** To be pinged. */
  doubted?: Session;
  /** To become the device again. */
  recalled?: Session;
}

export function isSameMachine(a: Session, b: Session): boolean {
  if (a.macs.length === 0 || b.macs.length === 0) return a.address === b.address;
  return a.macs.some((mac) => b.macs.includes(mac));
}

/** @param session the device's session before the event */
export function settle(session: Session | null, displaced: readonly Displaced[], event: RivalEvent): Settlement {
  if (event.type === 'REGISTERED') return registered(session, displaced, event.session);
  const { sessionId } = event;
  if (event.type === 'ANSWERED') {
    return { displaced: displaced.map((it) => (it.id === sessionId ? { ...it, isAlive: true } : it)), replaced: [] };
  }
  const left = displaced.filter((it) => it.id !== sessionId);
  const replaced = event.type === 'PROBE_MISSED' ? displaced.filter((it) => it.id === sessionId) : [];
  const isDevice = session !== null && session.id !== sessionId;
  const recalled = isDevice ? undefined : (left.findLast((it) => it.isAlive) ?? left.at(-1));
  return { displaced: left, replaced, ...(recalled && { recalled }) };
}

function registered(session: Session | null, displaced: readonly Displaced[], newest: Session): Settlement {
  const others: readonly Displaced[] = displaced.filter((it) => it.id !== newest.id);
  const isNewest = (it: Session) => isSameMachine(it, newest);
  const replaced: Session[] = others.filter(isNewest);
  const kept = others.filter((it) => !isNewest(it));
  if (session && isNewest(session)) replaced.push(session);
  else if (session) kept.push({ ...session, isAlive: false });
  replaced.push(...kept.slice(0, -MAX_DISPLACED));
  return {
    displaced: kept.slice(-MAX_DISPLACED),
    replaced,
    ...(session && !isNewest(session) && { doubted: session }),
  };
}
