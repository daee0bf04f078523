import { initialTransition, setup, transition } from 'xstate';

/** Where the notification of an ending stands, as far as this instance knows. */
export type Notification = 'pending' | 'assigned' | 'open' | 'notified';

export type NotificationEvent =
  /** The ending is final, or was learned from another instance. `as`: where its notification stands by then. */
  | { type: 'ENDED'; as: Exclude<Notification, 'pending'>; isOurs: boolean }
  /** Another instance has brought it further. */
  | { type: 'LEARNED'; as: Exclude<Notification, 'pending'> }
  /** The asker has connected, or its instance is gone. `isOurs`: this instance may notify it. */
  | { type: 'RETRIED'; isOurs: boolean }
  /** A socket of the asker was reached, or needs no notification. */
  | { type: 'REACHED' }
  | { type: 'MISSED' };

/** Whom to notify at this instance. */
export interface Audience {
  asker: boolean;
  watchers: boolean;
}

const toAll = { type: 'notify', params: { asker: true, watchers: true } } as const;
const toWatchers = { type: 'notify', params: { asker: false, watchers: true } } as const;
const toAsker = { type: 'notify', params: { asker: true, watchers: false } } as const;

/**
 * Who is notified of a command's ending, and when (SPEC C6). The watchers at each instance are notified once, when the
 * ending becomes known there. The asker is notified by the instance that has its socket.
 *
 * The host binds these effects: `notify`, answered with REACHED or MISSED if the asker is meant, and `record`.
 */
export const notificationMachine = setup({
  types: { events: {} as NotificationEvent },
  actions: {
    notify: (_, _params: Audience) => {},
    record: () => {},
  },
  guards: {
    isOurs: ({ event }) => 'isOurs' in event && event.isOurs,
    isOpen: ({ event }) => 'as' in event && event.as === 'open',
    isNotified: ({ event }) => 'as' in event && event.as === 'notified',
  },
}).createMachine({
  id: 'notification',
  initial: 'pending',
  states: {
    /** The command has not ended, or its ending is not durable yet. */
    pending: {
      on: {
        ENDED: [
          { guard: 'isNotified', target: 'notified', actions: toWatchers },
          { guard: 'isOpen', target: 'open', actions: toAll },
          { guard: 'isOurs', target: 'assigned', actions: toAll },
          { target: 'assigned', actions: toWatchers },
        ],
      },
    },
    /** The instance that took the command notifies the asker. */
    assigned: {
      on: {
        LEARNED: [
          { guard: 'isNotified', target: 'notified' },
          { guard: 'isOpen', target: 'open', actions: toAsker },
        ],
        RETRIED: { guard: 'isOurs', actions: toAsker },
        REACHED: { target: 'notified', actions: 'record' },
        MISSED: { target: 'open', actions: 'record' },
      },
    },
    /** Whichever instance has a socket of the asker's token next notifies it. */
    open: {
      on: {
        LEARNED: { guard: 'isNotified', target: 'notified' },
        RETRIED: { actions: toAsker },
        REACHED: { target: 'notified', actions: 'record' },
      },
    },
    notified: { type: 'final' },
  },
});

const [pending] = initialTransition(notificationMachine);
const snapshots = {
  pending,
  assigned: notificationMachine.resolveState({ value: 'assigned' }),
  open: notificationMachine.resolveState({ value: 'open' }),
};

/** The next state and the effects, for a host that keeps the state as a record. */
export function notification(is: Notification, event: NotificationEvent) {
  if (is === 'notified') return { is, actions: [] };
  const [next, actions] = transition(notificationMachine, snapshots[is], event);
  return { is: next.value as Notification, actions };
}
