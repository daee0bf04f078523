import { assign, setup } from 'xstate';
import { type Decision, decide, type Wish } from './intents.ts';
import type { Observation } from './observation.ts';
import {
  BASELINE_WAIT_MS,
  type CommandEnding,
  isBaselineFor,
  isRepeatable,
  judge,
  SETTLE_MS,
  VERIFY_LIMIT_MS,
  VERIFY_WAIT_MS,
  type Verdict,
} from './policy.ts';

/** The connection of the device, as far as a command cares. */
export type Link = 'online' | 'reconnecting' | 'offline';

export interface CommandSpec extends Wish {
  deviceId: string;
  commandId: string;
  /** One attempt's answer is waited for this long. */
  timeoutMs: number;
  /** The first attempt included. */
  maxAttempts: number;
  /** How long it may wait before it is sent; null: not at all for an offline device. */
  ttlMs: number | null;
}

/** Where a command stands: told to the outside with every step, and what a restored actor goes on from. */
export interface CommandProgress {
  status: 'queued' | 'sent' | 'verifying';
  attempt: number;
  /** The state before the command, which the one after it is compared with. */
  baseline: Observation | null;
  /** What is left of the wait that is under way; null: it has no end of its own. */
  leftMs: number | null;
  /** What the player answered, where nobody knows what that means. */
  answered?: string;
}

/** How a player says that a command went; `unclear`: in words that nobody knows (they are the message), or in none. */
export interface Answer {
  status: 'success' | 'error' | 'unclear';
  result?: unknown;
  message?: string;
}

export interface CommandInput {
  spec: CommandSpec;
  link: Link;
  /** Given when the actor is restored. */
  progress?: CommandProgress;
}

export interface CommandOutput {
  commandId: string;
  status: CommandEnding;
  attempts: number;
  confirmedBy?: 'response' | 'state';
  /** It was as wanted before: nothing was sent. */
  alreadySo?: true;
  /** Why it was not sent. */
  code?: 'unproven';
  result?: unknown;
  message?: string;
}

export type CommandEvent =
  /** It is the first in line and the device is online. */
  | { type: 'TURN'; baseline: Observation | null }
  | { type: 'LINK'; link: Link }
  /** The device measured this, at least so long after it had the last attempt. */
  | { type: 'OBSERVED'; seen: Observation; sinceArrivalMs: number }
  /** The device reported, and that proves nothing. */
  | { type: 'HEARD' }
  | ({ type: 'RESPONSE' } & Answer)
  | { type: 'CANCEL' };

interface CommandContext {
  spec: CommandSpec;
  link: Link;
  attempt: number;
  baseline: Observation | null;
  answered: string | null;
  /** Left of a wait that a restart interrupted; used by the first wait only. */
  leftMs: number | null;
  /** Where a restored command goes on. */
  resume: CommandProgress['status'];
  output: CommandOutput | null;
}

interface WithContext {
  context: CommandContext;
}

/** In place of the words of a player that answered without any. */
const NO_WORDS = 'the player answered, and did not say how it went';

/** setTimeout's own limit (24.8 days): a command without a ttl waits for its turn as long as that takes. */
const FOREVER = 2 ** 31 - 1;

const progress =
  (status: CommandProgress['status'], wait: (context: CommandContext) => number | null) =>
  ({ context }: WithContext): CommandProgress => ({
    status,
    attempt: context.attempt,
    baseline: context.baseline,
    leftMs: wait(context),
    ...(context.answered !== null && { answered: context.answered }),
  });

/** The record first, then the wire: what is recorded as not sent was not sent. */
const nextAttempt = [
  'beginAttempt',
  { type: 'note', params: progress('sent', (context) => context.spec.timeoutMs) },
  'transmit',
] as const;

const alreadySo = {
  guard: 'isAlreadySo',
  target: '#command.success',
  actions: { type: 'end', params: { status: 'success', confirmedBy: 'state', alreadySo: true } },
} as const;

const unproven = {
  guard: 'isUnproven',
  target: '#command.undelivered',
  actions: {
    type: 'end',
    params: { status: 'undelivered', code: 'unproven', message: 'what it would do now is not known' },
  },
} as const;

/** `otherwise`: what is said where the player has said nothing. */
const timeout =
  (otherwise?: string) =>
  ({ context }: WithContext): Pick<CommandOutput, 'status' | 'message'> => {
    const message = context.answered ?? otherwise;
    return { status: 'timeout', ...(message !== undefined && { message }) };
  };

const timedOut = { type: 'end', params: timeout() } as const;

const answered = [
  { guard: 'saysSuccess', target: '#command.success', actions: 'endByResponse' },
  { guard: 'saysError', target: '#command.error', actions: 'endByResponse' },
] as const;

/**
 * One command to one device, from its acceptance to exactly one of five endings (SPEC C1–C4).
 *
 * Effects, bound by the host: `note` (where it stands, for the record and the document), `transmit` (one attempt
 * leaves), `askState`, `noteVerdict`. The ending is the actor's output.
 */
export const commandMachine = setup({
  types: {
    context: {} as CommandContext,
    events: {} as CommandEvent,
    input: {} as CommandInput,
    output: {} as CommandOutput,
  },
  actions: {
    note: (_, _params: CommandProgress) => {},
    transmit: () => {},
    askState: () => {},
    noteVerdict: (_, _params: { verdict: Verdict }) => {},

    follow: assign({ link: ({ context, event }) => (event.type === 'LINK' ? event.link : context.link) }),
    takeBaseline: assign({
      baseline: ({ context, event }) => {
        const seen = event.type === 'TURN' ? event.baseline : event.type === 'OBSERVED' ? event.seen : null;
        return seen && isBaselineFor(context.spec, seen) ? seen : null;
      },
    }),
    takeAnswer: assign({
      answered: ({ context, event }) => (event.type === 'RESPONSE' ? (event.message ?? NO_WORDS) : context.answered),
    }),
    beginAttempt: assign({ attempt: ({ context }) => context.attempt + 1, leftMs: null }),
    forgetLeftover: assign({ leftMs: null }),
    end: assign({
      output: ({ context }, params: Omit<CommandOutput, 'commandId' | 'attempts'>) => ({
        commandId: context.spec.commandId,
        attempts: context.attempt,
        ...params,
      }),
    }),
    endByResponse: assign({
      output: ({ context, event }) => {
        if (event.type !== 'RESPONSE') return context.output;
        const { type: _, status, ...answer } = event;
        return {
          commandId: context.spec.commandId,
          attempts: context.attempt,
          confirmedBy: 'response' as const,
          status: status as 'success' | 'error',
          ...answer,
        };
      },
    }),
  },
  guards: {
    isOnline: ({ context }) => context.link === 'online',
    isAway: ({ context }) => context.link !== 'online',
    isReconnecting: ({ context }) => context.link === 'reconnecting',
    isOffline: ({ context }) => context.link === 'offline',
    mayNotWait: ({ context }) => context.link === 'offline' && context.spec.ttlMs === null,
    wasSent: ({ context }) => context.resume === 'sent',
    wasVerifying: ({ context }) => context.resume === 'verifying',
    isAlreadySo: ({ context, event }) => decisionOf(context, event) === 'already so',
    isUnproven: ({ context, event }) => decisionOf(context, event) === 'unproven',
    isToBeMeasured: ({ context, event }) => decisionOf(context, event) === 'measure',
    mayRepeatUnseen: ({ context }) => isRepeatable(context.spec) && mayRepeat(context),
    /** Without a state from before there is nothing that a state from after could prove. */
    canBeJudged: ({ context }) => context.baseline !== null,
    saysSuccess: ({ event }) => event.type === 'RESPONSE' && event.status === 'success',
    saysError: ({ event }) => event.type === 'RESPONSE' && event.status === 'error',
    provesEffect: ({ context, event }) => verdictOf(context, event) === 'effect',
    provesNothing: ({ context, event }) => verdictOf(context, event) === 'none' && isSettled(event),
    provesNothingAndMayRepeat: ({ context, event }) =>
      verdictOf(context, event) === 'none' && isSettled(event) && mayRepeat(context),
    mayStillHappen: ({ context, event }) => verdictOf(context, event) === 'none',
  },
  delays: {
    ttl: ({ context }) => context.leftMs ?? context.spec.ttlMs ?? FOREVER,
    baselineWait: BASELINE_WAIT_MS,
    answerWait: ({ context }) => context.leftMs ?? context.spec.timeoutMs,
    verifyWait: ({ context }) => Math.min(context.spec.timeoutMs, VERIFY_WAIT_MS),
    hearWait: VERIFY_WAIT_MS,
    verifyLimit: VERIFY_LIMIT_MS,
  },
}).createMachine({
  id: 'command',
  context: ({ input: { spec, link, progress } }) => ({
    spec,
    link,
    attempt: progress?.attempt ?? 0,
    baseline: progress?.baseline ?? null,
    answered: progress?.answered ?? null,
    leftMs: progress?.leftMs ?? null,
    resume: progress?.status ?? 'queued',
    output: null,
  }),
  output: ({ context }) => context.output as CommandOutput,
  initial: 'resuming',
  on: { LINK: { actions: 'follow' } },
  states: {
    resuming: {
      always: [{ guard: 'wasSent', target: 'sent' }, { guard: 'wasVerifying', target: 'away' }, { target: 'queued' }],
    },

    queued: {
      initial: 'waiting',
      entry: { type: 'note', params: progress('queued', (context) => context.leftMs ?? context.spec.ttlMs) },
      after: {
        ttl: {
          target: 'undelivered',
          actions: { type: 'end', params: { status: 'undelivered', message: 'its time to live ran out' } },
        },
      },
      on: { CANCEL: { target: 'cancelled', actions: { type: 'end', params: { status: 'cancelled' } } } },
      states: {
        waiting: {
          always: {
            guard: 'mayNotWait',
            target: '#command.undelivered',
            actions: { type: 'end', params: { status: 'undelivered', message: 'the device is offline' } },
          },
          on: {
            TURN: [
              { guard: 'isToBeMeasured', target: 'baseline' },
              alreadySo,
              { target: '#command.sent', actions: ['takeBaseline', ...nextAttempt] },
            ],
          },
        },
        /**
         * A toggle is judged by the state before it; if none comes in time, it goes without, and only once. An intent is
         * decided by it.
         */
        baseline: {
          entry: 'askState',
          always: { guard: 'isAway', target: 'waiting' },
          after: { baselineWait: [unproven, { target: '#command.sent', actions: [...nextAttempt] }] },
          on: {
            OBSERVED: [alreadySo, unproven, { target: '#command.sent', actions: ['takeBaseline', ...nextAttempt] }],
          },
        },
      },
    },

    sent: {
      after: { answerWait: 'silent' },
      exit: 'forgetLeftover',
      // It has answered, so it is not sent again: a measurement decides.
      on: { RESPONSE: [...answered, { target: 'silent', actions: 'takeAnswer' }] },
    },

    /** No answer came. What may be done about it depends on the command and on the connection. */
    silent: {
      always: [
        { guard: 'isOffline', target: 'timeout', actions: timedOut },
        { guard: 'isReconnecting', target: 'away' },
        { guard: 'mayRepeatUnseen', target: 'sent', actions: [...nextAttempt] },
        { guard: 'canBeJudged', target: 'verifying' },
        { target: 'timeout', actions: timedOut },
      ],
    },

    /** Silent and not connected: the device's return or the end of its grace decides. The outside calls it verifying. */
    away: {
      entry: { type: 'note', params: progress('verifying', () => null) },
      always: [
        { guard: 'isOffline', target: 'timeout', actions: timedOut },
        { guard: 'isOnline', target: 'silent' },
      ],
      on: {
        RESPONSE: [
          ...answered,
          { actions: ['takeAnswer', { type: 'note', params: progress('verifying', () => null) }] },
        ],
      },
    },

    /** Waits for a measurement from after the attempt, and asks for one. */
    verifying: {
      entry: ['askState', { type: 'note', params: progress('verifying', () => VERIFY_LIMIT_MS) }],
      always: { guard: 'isAway', target: 'away' },
      after: { verifyLimit: { target: 'timeout', actions: timedOut } },
      initial: 'asking',
      states: {
        asking: { after: { verifyWait: { target: '#command.timeout', actions: timedOut } } },
        /** It reports: so it lives, and will measure again. */
        hearing: { after: { hearWait: { target: '#command.timeout', actions: timedOut } } },
      },
      on: {
        RESPONSE: [
          ...answered,
          { actions: ['takeAnswer', { type: 'note', params: progress('verifying', () => VERIFY_LIMIT_MS) }] },
        ],
        HEARD: '.hearing',
        OBSERVED: [
          {
            guard: 'provesEffect',
            target: 'success',
            actions: [
              { type: 'noteVerdict', params: { verdict: 'effect' } },
              { type: 'end', params: { status: 'success', confirmedBy: 'state' } },
            ],
          },
          {
            guard: 'provesNothingAndMayRepeat',
            target: 'sent',
            // The state that proved it is the one before the next attempt.
            actions: [{ type: 'noteVerdict', params: { verdict: 'none' } }, 'takeBaseline', ...nextAttempt],
          },
          {
            guard: 'provesNothing',
            target: 'timeout',
            actions: [
              { type: 'noteVerdict', params: { verdict: 'none' } },
              { type: 'end', params: timeout('its state shows no effect') },
            ],
          },
          // It may still do it.
          { guard: 'mayStillHappen', target: '.hearing' },
          {
            target: '.hearing',
            actions: { type: 'noteVerdict', params: { verdict: 'unclear' } },
          },
        ],
      },
    },

    success: { type: 'final' },
    error: { type: 'final' },
    timeout: { type: 'final' },
    undelivered: { type: 'final' },
    cancelled: { type: 'final' },
  },
});

function verdictOf(context: CommandContext, event: CommandEvent): Verdict | undefined {
  return event.type === 'OBSERVED' ? judge(context.spec, context.baseline, event.seen) : undefined;
}

function decisionOf({ spec }: CommandContext, event: CommandEvent): Decision {
  if (event.type === 'TURN') return decide(spec, event.baseline, false);
  return decide(spec, event.type === 'OBSERVED' ? event.seen : null, true);
}

/** A toggle that an intent sends goes out once: what it does next is not what was wanted any more. */
function mayRepeat({ spec, attempt, answered }: CommandContext): boolean {
  return answered === null && attempt < (spec.intent !== undefined && !isRepeatable(spec) ? 1 : spec.maxAttempts);
}

const isSettled = (event: CommandEvent): boolean => event.type === 'OBSERVED' && event.sinceArrivalMs >= SETTLE_MS;
