import type { Alert } from './alert-document.ts';
import type { Time } from './document.ts';

/** What people do about an alert. */
export const alertActs = ['acknowledge', 'unacknowledge', 'mute', 'unmute', 'assign', 'comment', 'close'] as const;
export type AlertAct = (typeof alertActs)[number];

export interface ActFacts {
  comment?: string | undefined;
  /** `assign`: the name of a person, null for nobody. */
  to?: string | null | undefined;
  /** `mute`: for how long. */
  forMs?: number | undefined;
}

/** One act, as stored and as shown. */
export interface ActRecord {
  /** Grows with time. */
  id: string;
  act: AlertAct;
  at: Time;
  /** The name of the token. */
  by: string;
  comment?: string;
  to?: string | null;
  /** `mute`: its end. */
  until?: Time;
}

/** No notifications of this kind of alert about this subject until then. */
export interface Mute {
  until: Time;
  by: string;
}

/** The result of the acts. */
export interface AlertWork {
  acknowledged?: { at: Time; by: string };
  assignee?: string;
  muted?: Mute;
}

/** The last act of each kind counts. @param acts oldest first */
export function workOf(acts: readonly ActRecord[], muted: Mute | undefined): AlertWork {
  let acknowledged: AlertWork['acknowledged'];
  let assignee: string | undefined;
  for (const { act, at, by, to } of acts) {
    if (act === 'acknowledge') acknowledged ??= { at, by };
    if (act === 'unacknowledge') acknowledged = undefined;
    if (act === 'assign') assignee = to ?? undefined;
  }
  return { ...(acknowledged && { acknowledged }), ...(assignee && { assignee }), ...(muted && { muted }) };
}

/** A mute is for all alerts of one kind about one subject. */
export const muteKeyOf = ({ alert, about }: Pick<Alert, 'alert' | 'about'>): string => `${alert}\n${about}`;
