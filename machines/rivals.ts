/**
 * Who is the device, where several connections register with its id (SPEC P8). Two that come from one machine are a
 * connection that was lost and its successor; two machines are a conflict, and the one that is displaced is kept.
 */

/** A registered connection, and what tells the machine at its other end from others. */
export interface Session {
  /** Names this very registration; told to the player. */
  id: string;
  /** Where it connects from. */
  address: string;
  /** The hardware addresses that it registered with. */
  macs: readonly string[];
}

/** A session that gave way to a newer one of another machine. */
export interface Displaced extends Session {
  /** It has answered since. One that does not is a connection that died unnoticed. */
  isAlive: boolean;
}

/** A displaced session answers a ping within this time, or is ended. */
export const PROBE_WAIT_MS = 5000;
/** So many displaced sessions of one device are kept. */
export const MAX_DISPLACED = 4;

export type RivalEvent =
  | { type: 'REGISTERED'; session: Session }
  | { type: 'DISCONNECTED'; sessionId: string }
  /** A displaced session has answered the ping, or has not in time. */
  | { type: 'ANSWERED'; sessionId: string }
  | { type: 'PROBE_MISSED'; sessionId: string };

/** What becomes of all sessions of a device. */
export interface Settlement {
  /** In the order in which they registered. */
  displaced: readonly Displaced[];
  /** To be ended: a newer one of the same machine took their place, they are dead, or they are too many. */
  replaced: readonly Session[];
  /** To be asked whether it is alive. */
  doubted?: Session;
  /** To become the device again. */
  recalled?: Session;
}

export function isSameMachine(a: Session, b: Session): boolean {
  if (a.macs.length === 0 || b.macs.length === 0) return a.address === b.address;
  return a.macs.some((mac) => b.macs.includes(mac));
}

/** @param session the device's own, before the event */
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
