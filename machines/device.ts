import { type ActorRefFrom, and, not, type SnapshotFrom, setup, stateIn } from 'xstate';
import {
  type Answer,
  type CommandOutput,
  type CommandProgress,
  type CommandSpec,
  commandMachine,
  type Link,
} from './command.ts';
import type { Observation } from './observation.ts';
import { QUEUE_LIMIT } from './policy.ts';
import type { Proof } from './proof.ts';
import { type Displaced, PROBE_WAIT_MS, type Session, settle } from './rivals.ts';

export interface DeviceInput {
  deviceId: string;
  /** Grace period, in ms: how long a disconnected device counts as reconnecting. */
  graceMs: number;
  /** `reconnecting` if the device was connected when the server stopped. */
  link: 'reconnecting' | 'offline';
  /** The session that another instance held; the next registration replaces it. */
  session?: Session | undefined;
  /** Sessions of other machines that were displaced earlier. */
  displaced?: readonly Displaced[];
  /** Pending commands to resume, in the order of acceptance. */
  commands: readonly { spec: CommandSpec; progress: CommandProgress }[];
}

export type DeviceEvent =
  | { type: 'REGISTERED'; session: Session }
  /** The device's own session or a displaced one ended. */
  | { type: 'DISCONNECTED'; sessionId: string; reason: string }
  /** A displaced session answered the ping, or did not answer in time. */
  | { type: 'ANSWERED'; sessionId: string }
  | { type: 'PROBE_MISSED'; sessionId: string }
  /**
   * A report arrived. `isOld`: its measurement is too old; undefined if nothing was ever measured. `proof`: what a
   * measurement made after the last command shows.
   */
  | { type: 'REPORTED'; isOld: boolean | undefined; proof: Pick<Proof, 'seen' | 'sinceArrivalMs'> | null }
  /** A requested report did not arrive in time. */
  | { type: 'REPORT_MISSED' }
  /** `baseline`: a recent measurement made after the last command ended. */
  | { type: 'COMMAND'; spec: CommandSpec; baseline: Observation | null }
  | ({ type: 'RESPONSE'; commandId: string } & Answer)
  | { type: 'CANCEL'; commandId: string }
  | { type: 'xstate.done.actor.command'; output: CommandOutput }
  /** Raised by the connection region, for the others. */
  | { type: 'LINK'; link: Link };

type CommandRef = ActorRefFrom<typeof commandMachine>;

interface DeviceContext {
  deviceId: string;
  graceMs: number;
  /** Whether the device was connected when the server stopped. */
  wasConnected: boolean;
  session: Session | null;
  /** Sessions of other machines, in the order of registration. */
  displaced: readonly Displaced[];
  /** In the order of acceptance; the first is being executed. */
  queue: readonly CommandRef[];
}

const device = setup({
  types: {
    context: {} as DeviceContext,
    events: {} as DeviceEvent,
    input: {} as DeviceInput,
  },
  actors: { command: commandMachine },
  actions: {
    noteConnection: (_, _params: { status: Link; reason?: string }) => {},
    noteReport: (_, _params: { status: 'live' | 'stale' }) => {},
    noteConflict: (_, _params: { rivals: readonly string[] }) => {},
    noteEnding: (_, _params: CommandOutput) => {},
    endSession: (_, _params: { sessionId: string }) => {},
    probe: (_, _params: { sessionId: string }) => {},
    recall: (_, _params: { sessionId: string }) => {},
    askState: () => {},
  },
  guards: {
    hasRoom: ({ context }) => canEnqueue(context),
    isEmpty: ({ context }) => context.queue.length === 0,
    hasCommands: ({ context }) => context.queue.length > 0,
    isOnline: stateIn({ connection: 'online' }),
    isOffline: stateIn({ connection: 'offline' }),
    wentOffline: ({ event }) => event.type === 'LINK' && event.link === 'offline',
    // Another socket of the device may report while it is offline (SPEC P4).
    isFresh: and([
      ({ event }) => event.type === 'REPORTED' && event.isOld === false,
      not(stateIn({ connection: 'offline' })),
    ]),
    isOld: ({ event }) => event.type === 'REPORTED' && event.isOld === true,
    isMeasured: ({ event }) => event.type === 'REPORTED' && event.isOld !== undefined,
    wasConnected: ({ context }) => context.wasConnected,
    isOwnSession: ({ context, event }) => event.type === 'DISCONNECTED' && event.sessionId === context.session?.id,
    isNewSession: ({ context, event }) => event.type === 'REGISTERED' && event.session.id !== context.session?.id,
    displacesSession: ({ context, event }) =>
      event.type === 'REGISTERED' &&
      event.session.id !== context.session?.id &&
      (context.session !== null || context.displaced.length > 0),
    hasRemainingSessions: ({ context, event }) =>
      event.type === 'DISCONNECTED' &&
      context.displaced.length > 0 &&
      (event.sessionId === context.session?.id || isDisplaced(context, event)),
    isDoubted: ({ context, event }) => isDisplaced(context, event, false),
    hasLiveRival: ({ context }) => context.displaced.some((it) => it.isAlive),
    hasNoRival: ({ context }) => context.displaced.length === 0,
  },
  delays: {
    grace: ({ context }) => context.graceMs,
  },
});

function isDisplaced({ displaced }: DeviceContext, event: DeviceEvent, isAlive?: boolean): boolean {
  if (!('sessionId' in event)) return false;
  return displaced.some((it) => it.id === event.sessionId && (isAlive === undefined || it.isAlive === isAlive));
}

/** Runs before the connection region adopts the new session. */
const settleSessions = device.enqueueActions(({ context, event, enqueue }) => {
  if (!('sessionId' in event || event.type === 'REGISTERED')) return;
  const { displaced, replaced, doubted, recalled } = settle(context.session, context.displaced, event);
  enqueue.assign({ displaced });
  if ('sessionId' in event) enqueue.cancel(`probe ${event.sessionId}`);
  for (const { id } of replaced) {
    enqueue.cancel(`probe ${id}`);
    enqueue({ type: 'endSession', params: { sessionId: id } });
  }
  if (doubted) enqueue(probing(doubted.id));
  if (recalled) enqueue({ type: 'recall', params: { sessionId: recalled.id } });
});

const probing = (sessionId: string) =>
  device.enqueueActions(({ enqueue }) => {
    enqueue.raise({ type: 'PROBE_MISSED', sessionId }, { delay: PROBE_WAIT_MS, id: `probe ${sessionId}` });
    enqueue({ type: 'probe', params: { sessionId } });
  });

const probeDoubted = device.enqueueActions(({ context, enqueue }) => {
  for (const { id, isAlive } of context.displaced) if (!isAlive) enqueue(probing(id));
});

const takeSession = device.assign({
  session: ({ context, event }) => (event.type === 'REGISTERED' ? event.session : context.session),
});
const dropSession = device.assign({ session: null });

/** Every command must know the connection before the first one is dispatched. */
const broadcastLink = device.enqueueActions(({ context: { queue }, event, enqueue }) => {
  if (event.type === 'LINK') for (const command of queue) enqueue.sendTo(command, event);
});

const accept = device.assign({
  queue: ({ context, event, spawn }) => {
    if (event.type !== 'COMMAND') return context.queue;
    const { spec } = event;
    return [...context.queue, spawn('command', { id: spec.commandId, input: { spec } })];
  },
});

const tellIfOffline = device.enqueueActions(({ context: { queue }, enqueue, check }) => {
  const accepted = queue.at(-1);
  if (accepted && check('isOffline')) enqueue.sendTo(accepted, { type: 'LINK', link: 'offline' });
});

const dispatchFirst = device.enqueueActions(({ context, event, enqueue, check }) => {
  const [first] = context.queue;
  if (!first || !check('isOnline')) return;
  enqueue.sendTo(first, { type: 'DISPATCH', baseline: event.type === 'COMMAND' ? event.baseline : null });
});

const observeFirst = device.enqueueActions(({ context, event, enqueue }) => {
  const [first] = context.queue;
  if (!first || event.type !== 'REPORTED') return;
  enqueue.sendTo(first, event.proof ? { type: 'OBSERVED', ...event.proof } : { type: 'HEARD' });
});

const forwardToCommand = device.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'RESPONSE' && event.type !== 'CANCEL') return;
  const { commandId, ...message } = event;
  const command = context.queue.find((it) => it.id === commandId);
  if (command) enqueue.sendTo(command, message);
});

const dequeue = device.enqueueActions(({ context, event, enqueue }) => {
  if (!('output' in event)) return;
  const command = context.queue.find((it) => it.id === event.output.commandId);
  if (!command) return;
  enqueue.stopChild(command);
  enqueue.assign({ queue: context.queue.filter((it) => it !== command) });
});

/**
 * A device as the server sees it (SPEC P5, P8, C3). Four parallel regions hold its connection, the freshness of its
 * reports, its commands, and whether another machine uses its id.
 *
 * The host binds these effects: `noteConnection`, `noteReport`, `noteConflict`, `noteEnding` (for document and record),
 * `endSession` (ends a replaced session), `probe` (pings a displaced session), `recall` (makes a displaced session
 * register again), `askState`.
 */
export const deviceMachine = device.createMachine({
  id: 'device',
  type: 'parallel',
  context: ({ input: { commands, link, session = null, displaced = [], ...input }, spawn }) => ({
    ...input,
    wasConnected: link === 'reconnecting',
    session,
    displaced,
    queue: commands.map(({ spec, progress }) => spawn('command', { id: spec.commandId, input: { spec, progress } })),
  }),
  states: {
    /** This region must come first: it compares a new session with the one that the connection region still holds. */
    identity: {
      initial: 'sole',
      entry: probeDoubted,
      states: {
        sole: {
          always: { guard: 'hasLiveRival', target: 'contested' },
          on: {
            REGISTERED: { guard: 'displacesSession', actions: settleSessions },
            DISCONNECTED: { guard: 'hasRemainingSessions', actions: settleSessions },
            ANSWERED: { guard: 'isDoubted', actions: settleSessions },
            PROBE_MISSED: { guard: 'isDoubted', actions: settleSessions },
          },
        },
        contested: {
          entry: {
            type: 'noteConflict',
            params: ({ context }) => ({ rivals: context.displaced.map((it) => it.id) }),
          },
          always: { guard: 'hasNoRival', target: 'sole' },
          on: {
            REGISTERED: { guard: 'displacesSession', target: 'contested', reenter: true, actions: settleSessions },
            DISCONNECTED: {
              guard: 'hasRemainingSessions',
              target: 'contested',
              reenter: true,
              actions: settleSessions,
            },
            ANSWERED: { guard: 'isDoubted', actions: settleSessions },
            PROBE_MISSED: { guard: 'isDoubted', target: 'contested', reenter: true, actions: settleSessions },
          },
        },
      },
    },

    connection: {
      initial: 'restoring',
      states: {
        restoring: { always: [{ guard: 'wasConnected', target: 'reconnecting' }, { target: 'offline' }] },
        offline: {
          entry: device.raise({ type: 'LINK', link: 'offline' }),
          on: { REGISTERED: { target: 'online', actions: takeSession } },
        },
        online: {
          entry: [
            { type: 'noteConnection', params: { status: 'online' } },
            'askState',
            device.raise({ type: 'LINK', link: 'online' }),
          ],
          on: {
            REGISTERED: { guard: 'isNewSession', target: 'online', reenter: true, actions: takeSession },
            DISCONNECTED: {
              guard: 'isOwnSession',
              target: 'reconnecting',
              actions: [
                dropSession,
                { type: 'noteConnection', params: ({ event }) => ({ status: 'reconnecting', reason: event.reason }) },
              ],
            },
          },
        },
        reconnecting: {
          entry: device.raise({ type: 'LINK', link: 'reconnecting' }),
          on: { REGISTERED: { target: 'online', actions: takeSession } },
          after: {
            grace: {
              target: 'offline',
              actions: { type: 'noteConnection', params: { status: 'offline' } },
            },
          },
        },
      },
    },

    /** `live` while the reported measurements are recent. The fleet requests reports and raises REPORT_MISSED. */
    report: {
      initial: 'unknown',
      states: {
        unknown: {
          on: {
            REPORTED: [
              { guard: 'isFresh', target: 'live' },
              { guard: 'isMeasured', target: 'stale' },
            ],
          },
        },
        live: {
          entry: { type: 'noteReport', params: { status: 'live' } },
          on: {
            REPORTED: { guard: 'isOld', target: 'stale' },
            REPORT_MISSED: 'stale',
            LINK: { guard: 'wentOffline', target: 'stale' },
          },
        },
        stale: {
          entry: { type: 'noteReport', params: { status: 'stale' } },
          on: { REPORTED: { guard: 'isFresh', target: 'live' } },
        },
      },
    },

    commands: {
      initial: 'idle',
      on: {
        COMMAND: { guard: 'hasRoom', actions: [accept, tellIfOffline] },
      },
      states: {
        idle: {
          always: { guard: 'hasCommands', target: 'busy' },
        },
        busy: {
          entry: dispatchFirst,
          always: { guard: 'isEmpty', target: 'idle' },
          on: {
            LINK: { actions: [broadcastLink, dispatchFirst] },
            REPORTED: { actions: observeFirst },
            RESPONSE: { actions: forwardToCommand },
            CANCEL: { actions: forwardToCommand },
            'xstate.done.actor.*': {
              actions: [{ type: 'noteEnding', params: ({ event }) => event.output }, dequeue, dispatchFirst],
            },
          },
        },
      },
    },
  },
});

export type DeviceSnapshot = SnapshotFrom<typeof deviceMachine>;

/**
 * Whether the actor needs a report. Most reports of a live, idle device change only the document, so the actor is
 * spared the event.
 */
export function attends(snapshot: DeviceSnapshot): boolean {
  return snapshot.context.queue.length > 0 || !snapshot.matches({ report: 'live' });
}

/**
 * The context of a device whose actor waits for nothing: no report, no timer, no command, no other machine. Most devices
 * are like this nearly always. Undefined: it waits for something.
 */
export function restOf(snapshot: DeviceSnapshot): Rest | undefined {
  const { context } = snapshot;
  const isQuiet = snapshot.matches({ identity: 'sole', connection: 'online' }) && context.displaced.length === 0;
  return isQuiet && !attends(snapshot) ? context : undefined;
}

export type Rest = DeviceSnapshot['context'];

/** A snapshot to continue from, as XState's `getPersistedSnapshot` would have returned it. */
export const awoken = (context: Rest) => ({ ...QUIET, context });

const QUIET = {
  status: 'active',
  output: undefined,
  error: undefined,
  value: { identity: 'sole', connection: 'online', report: 'live', commands: 'idle' },
  children: {},
  historyValue: {},
} as const;

/** Whether one more command may be queued (SPEC C3). */
export const hasRoom = (snapshot: DeviceSnapshot) => canEnqueue(snapshot.context);

/** Counts only commands that still wait; the one being executed is no longer `queued`. */
function canEnqueue({ queue }: DeviceContext): boolean {
  return queue.filter((it) => it.getSnapshot().matches('queued')).length < QUEUE_LIMIT;
}
