import { assign, setup } from 'xstate';

/** Heartbeat interval. */
export const HEARTBEAT_MS = 1000;
/** An instance whose last heartbeat is older than this is dead, by the registry's clock. */
export const DEAD_MS = 6000;
/** Duration of the lease after a confirmed heartbeat. It must end before others count the instance as dead. */
export const LEASE_MS = 4000;
/** Maximum number of ids kept of instances that left. */
const MAX_LEFT = 1000;

/** The registry's answer to a heartbeat (`Pulse` of the port); times are by its clock. */
export interface Heartbeat {
  now: number;
  /** The last heartbeat of each instance. */
  lastHeard: ReadonlyMap<string, number>;
  /** The registry did not know this instance: it is new, or the registry lost its data. */
  isNew: boolean;
}

export type MembershipEvent =
  | { type: 'HEARTBEAT'; beat: Heartbeat }
  /** A heartbeat is complete: this instance knows what it owns. `begunAt` is its start, by the local clock. */
  | { type: 'CONFIRMED'; begunAt: number }
  /** The registry returned an error or did not respond. `tookMs` is long if this process was suspended meanwhile. */
  | { type: 'HEARTBEAT_FAILED'; tookMs: number }
  /** All attempts to renew the lease failed. */
  | { type: 'UNREACHABLE' }
  /** This instance is about to act. */
  | { type: 'ACTING'; at: number }
  /** A message of another instance arrived. */
  | { type: 'HEARD'; instance: string }
  /** Another instance has announced that it stops. */
  | { type: 'LEFT'; instance: string };

export interface MembershipContext {
  me: string;
  /** Other instances that are known to be alive. */
  alive: ReadonlySet<string>;
  /** Final: an instance that restarts gets another id. */
  left: ReadonlySet<string>;
  /** Time of the last heartbeat, and start of the sequence without a break, by the registry's clock. */
  heartbeatAt: number;
  steadySince: number;
  /** Start of the last confirmed heartbeat, by the local clock. */
  confirmedAt: number;
}

interface Announcement {
  gone: readonly string[];
  haveLeft: boolean;
}

/** @param at local time */
export function isLeaseOver({ confirmedAt }: MembershipContext, at: number): boolean {
  return at - confirmedAt > LEASE_MS;
}

function isBreak({ heartbeatAt }: MembershipContext, { now, isNew }: Heartbeat): boolean {
  // If the registry's clock was set back, earlier heartbeats cannot be compared with new ones.
  return isNew || now < heartbeatAt || now - heartbeatAt > LEASE_MS;
}

function heardAt({ now, lastHeard }: Heartbeat, instance: string): number {
  const at = lastHeard.get(instance) ?? 0;
  // Written before the registry's clock was set back.
  return at > now + DEAD_MS ? 0 : at;
}

/** During a break, no instance is declared dead: all heartbeats were late. */
function goneNow(context: MembershipContext, beat: Heartbeat): string[] {
  if (isBreak(context, beat)) return [];
  const { alive, steadySince } = context;
  return [...alive].filter((it) => beat.now - Math.max(heardAt(beat, it), steadySince) > DEAD_MS);
}

/**
 * What an instance knows of its cluster (SPEC K5, K6). Three parallel regions hold whether its lease is valid, whether
 * it has observed the others for long enough to declare one dead, and whether it has missed messages in a break of its
 * heartbeats.
 */
export const membershipMachine = setup({
  types: {
    context: {} as MembershipContext,
    events: {} as MembershipEvent,
    input: {} as { me: string },
  },
  actions: {
    announce: (_, _params: Announcement) => {},
    take: assign(({ context }, { beat }: { beat: Heartbeat }) => {
      const gone = new Set(goneNow(context, beat));
      const heard = [...beat.lastHeard.keys()].filter(
        (it) => it !== context.me && !context.left.has(it) && beat.now - heardAt(beat, it) <= DEAD_MS,
      );
      return {
        alive: new Set([...context.alive, ...heard].filter((it) => !gone.has(it))),
        heartbeatAt: beat.now,
        steadySince: isBreak(context, beat) ? beat.now : context.steadySince,
      };
    }),
    confirm: assign((_, { begunAt }: { begunAt: number }) => ({ confirmedAt: begunAt })),
    add: assign(({ context }, { instance }: { instance: string }) => ({
      alive: new Set([...context.alive, instance]),
    })),
    remove: assign(({ context }, { instance }: { instance: string }) => ({
      alive: new Set([...context.alive].filter((it) => it !== instance)),
      left: new Set([...context.left, instance].slice(-MAX_LEFT)),
    })),
  },
  guards: {
    isBreak: ({ context }, { beat }: { beat: Heartbeat }) => isBreak(context, beat),
    hasWatchedLongEnough: ({ context }, { beat }: { beat: Heartbeat }) =>
      !isBreak(context, beat) && beat.now - context.steadySince > DEAD_MS,
    someAreGone: ({ context }, { beat }: { beat: Heartbeat }) => goneNow(context, beat).length > 0,
    hasNotLeft: ({ context }, { instance }: { instance: string }) => !context.left.has(instance),
    leaseIsOver: ({ context }, { at }: { at: number }) => isLeaseOver(context, at),
    // A late failure means that this process was suspended, not that the registry is unavailable.
    isUnanswered: (_, { tookMs }: { tookMs: number }) => tookMs < LEASE_MS,
  },
}).createMachine({
  id: 'membership',
  type: 'parallel',
  context: ({ input: { me } }) => ({
    me,
    alive: new Set(),
    left: new Set(),
    heartbeatAt: 0,
    steadySince: Number.POSITIVE_INFINITY,
    confirmedAt: Number.NEGATIVE_INFINITY,
  }),
  states: {
    lease: {
      initial: 'expired',
      states: {
        held: {
          on: {
            CONFIRMED: { actions: { type: 'confirm', params: ({ event }) => event } },
            ACTING: { guard: { type: 'leaseIsOver', params: ({ event }) => event }, target: 'expired' },
            HEARTBEAT_FAILED: { guard: { type: 'isUnanswered', params: ({ event }) => event }, target: 'fading' },
          },
        },
        /** Still held, but the registry did not answer the last heartbeat. */
        fading: {
          on: {
            CONFIRMED: { target: 'held', actions: { type: 'confirm', params: ({ event }) => event } },
            ACTING: { guard: { type: 'leaseIsOver', params: ({ event }) => event }, target: 'cutOff' },
          },
        },
        /** Another instance may own its devices by now, so it must ask the registry before acting. */
        expired: {
          on: {
            CONFIRMED: { target: 'held', actions: { type: 'confirm', params: ({ event }) => event } },
            HEARTBEAT_FAILED: { guard: { type: 'isUnanswered', params: ({ event }) => event }, target: 'cutOff' },
            UNREACHABLE: 'cutOff',
          },
        },
        /** The registry is unavailable, so the instance continues with its devices (K4). */
        cutOff: {
          on: { CONFIRMED: { target: 'held', actions: { type: 'confirm', params: ({ event }) => event } } },
        },
      },
    },
    peers: {
      initial: 'unsettled',
      on: {
        HEARD: {
          guard: { type: 'hasNotLeft', params: ({ event }) => event },
          actions: { type: 'add', params: ({ event }) => event },
        },
        LEFT: {
          actions: [
            { type: 'remove', params: ({ event }) => event },
            { type: 'announce', params: ({ event }) => ({ gone: [event.instance], haveLeft: true }) },
          ],
        },
      },
      states: {
        unsettled: {
          on: {
            HEARTBEAT: [
              {
                guard: { type: 'hasWatchedLongEnough', params: ({ event }) => event },
                target: 'settled',
                actions: [
                  {
                    type: 'announce',
                    params: ({ context, event }) => ({ gone: goneNow(context, event.beat), haveLeft: false }),
                  },
                  { type: 'take', params: ({ event }) => event },
                ],
              },
              { actions: { type: 'take', params: ({ event }) => event } },
            ],
          },
        },
        settled: {
          on: {
            HEARTBEAT: [
              {
                guard: { type: 'isBreak', params: ({ event }) => event },
                target: 'unsettled',
                actions: { type: 'take', params: ({ event }) => event },
              },
              {
                guard: { type: 'someAreGone', params: ({ event }) => event },
                actions: [
                  {
                    type: 'announce',
                    params: ({ context, event }) => ({ gone: goneNow(context, event.beat), haveLeft: false }),
                  },
                  { type: 'take', params: ({ event }) => event },
                ],
              },
              { actions: { type: 'take', params: ({ event }) => event } },
            ],
          },
        },
      },
    },
    knowledge: {
      initial: 'current',
      states: {
        current: {
          on: { HEARTBEAT: { guard: { type: 'isBreak', params: ({ event }) => event }, target: 'lapsed' } },
        },
        /** Messages were missed in the break. */
        lapsed: { on: { CONFIRMED: 'current' } },
      },
    },
  },
});
