import { assign, setup } from 'xstate';

/** Each instance writes a heartbeat to the registry this often. */
export const HEARTBEAT_MS = 1000;
/** An instance whose last heartbeat is older than this is dead, by the registry's clock. */
export const DEAD_MS = 6000;
/** An instance acts for this long after a heartbeat of its own. It must end before the others count the instance as dead. */
export const LEASE_MS = 4000;
/** Instances that left are remembered, up to this number. */
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
  /** This instance knows what it owns, as of a heartbeat that began at that moment of its own clock. */
  | { type: 'CONFIRMED'; begunAt: number }
  /** The registry refused or did not answer. `tookMs` is long if this process was frozen meanwhile. */
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
  /** Other instances that are alive as far as is known. */
  alive: ReadonlySet<string>;
  /** An instance that restarts has another id, so each of these ids has ended for good. */
  left: ReadonlySet<string>;
  /** The last heartbeat, and since when they came without a break, by the registry's clock. */
  heartbeatAt: number;
  steadySince: number;
  /** When the last confirmed heartbeat began, by this instance's clock. */
  confirmedAt: number;
}

interface Announcement {
  gone: readonly string[];
  haveLeft: boolean;
}

/** At a moment of this instance's clock. */
export function isLeaseOver({ confirmedAt }: MembershipContext, at: number): boolean {
  return at - confirmedAt > LEASE_MS;
}

function isBreak({ heartbeatAt }: MembershipContext, { now, isNew }: Heartbeat): boolean {
  // The registry's clock may be set back, too: then no heartbeat is of the present until it is repeated.
  return isNew || now < heartbeatAt || now - heartbeatAt > LEASE_MS;
}

function heardAt({ now, lastHeard }: Heartbeat, instance: string): number {
  const at = lastHeard.get(instance) ?? 0;
  // From before the registry's clock was set back.
  return at > now + DEAD_MS ? 0 : at;
}

/** Nobody is dead for being late during a break: all instances were late then. */
function goneNow(context: MembershipContext, beat: Heartbeat): string[] {
  if (isBreak(context, beat)) return [];
  const { alive, steadySince } = context;
  return [...alive].filter((it) => beat.now - Math.max(heardAt(beat, it), steadySince) > DEAD_MS);
}

/**
 * What an instance knows of its cluster (SPEC K5, K6). Three things at once: whether its lease allows it to act, whether
 * it has watched for long enough to tell who is dead, and whether it knows what it missed in a break of its heartbeats.
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
    // A late answer says that this process was away, not the registry.
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
        /** Another instance may own its devices by now: it asks before it acts. */
        expired: {
          on: {
            CONFIRMED: { target: 'held', actions: { type: 'confirm', params: ({ event }) => event } },
            HEARTBEAT_FAILED: { guard: { type: 'isUnanswered', params: ({ event }) => event }, target: 'cutOff' },
            UNREACHABLE: 'cutOff',
          },
        },
        /** The registry cannot be asked, so the instance goes on with what it has (K4). */
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
