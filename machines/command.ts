import { assign, setup, stateIn } from 'xstate';
import type { Answer, CommandOutput, CommandProgress, CommandSpec, Link } from './command-types.ts';
import { type Decision, decide } from './intents.ts';
import type { Observation } from './observation.ts';
import {
  BASELINE_WAIT_MS,
  isBaselineFor,
  isRepeatable,
  judge,
  SETTLE_MS,
  VERIFY_LIMIT_MS,
  VERIFY_WAIT_MS,
  type Verdict,
} from './policy.ts';

export type { Answer, CommandOutput, CommandProgress, CommandSpec, Link } from './command-types.ts';

export interface CommandInput {
  spec: CommandSpec;
  /** Set when the actor is restored. */
  progress?: CommandProgress;
}

export type CommandEvent =
  /** The command is first in the queue and the device is online. */
  | { type: 'DISPATCH'; baseline: Observation | null }
  /** The device's connection, as often as it changes. An actor that starts while the device is not online is told, too. */
  | { type: 'LINK'; link: Link }
  /** The device made this measurement at least `sinceArrivalMs` after the last attempt reached it. */
  | { type: 'OBSERVED'; seen: Observation; sinceArrivalMs: number }
  /** The device reported something that proves neither success nor failure. */
  | { type: 'HEARD' }
  | ({ type: 'RESPONSE' } & Answer)
  | { type: 'CANCEL' };

interface CommandContext {
  spec: CommandSpec;
  attempt: number;
  baseline: Observation | null;
  answered: string | null;
  /** Remaining time of the wait that a restart interrupted. Only the first wait uses it. */
  leftMs: number | null;
  /** The status that a restored command resumes from. */
  resume: CommandProgress['status'];
  output: CommandOutput | null;
}

interface WithContext {
  context: CommandContext;
}

/** Message for a response without a text. */
const NO_MESSAGE = 'the player answered without saying whether the command succeeded';

/** setTimeout's maximum (24.8 days): the queue timeout of a command without a TTL. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

const progress =
  (status: CommandProgress['status'], wait: (context: CommandContext) => number | null) =>
  ({ context }: WithContext): CommandProgress => ({
    status,
    attempt: context.attempt,
    baseline: context.baseline,
    leftMs: wait(context),
    ...(context.answered !== null && { answered: context.answered }),
  });

/** Write the record before sending, so that a command recorded as unsent was never sent. */
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
    params: { status: 'undelivered', code: 'unproven', message: 'the effect of the command cannot be predicted' },
  },
} as const;

/** @param fallback message if the player did not respond */
const timeout =
  (fallback?: string) =>
  ({ context }: WithContext): Pick<CommandOutput, 'status' | 'message'> => {
    const message = context.answered ?? fallback;
    return { status: 'timeout', ...(message !== undefined && { message }) };
  };

const timedOut = { type: 'end', params: timeout() } as const;

const offlineAtOnce = {
  guard: 'failsWhileOffline',
  target: '#command.undelivered',
  actions: { type: 'end', params: { status: 'undelivered', message: 'the device is offline' } },
} as const;

/** No response. What comes next depends on the connection. */
const silence = [
  { guard: 'wasLost', target: '#command.timeout', actions: timedOut },
  { guard: 'isInGrace', target: '#command.away' },
  { target: '#command.silent' },
] as const;

/** The same for a response that the server cannot interpret. */
const unclear = [
  { guard: 'wasLost', target: '#command.timeout', actions: ['takeAnswer', timedOut] },
  { guard: 'isInGrace', target: '#command.away', actions: 'takeAnswer' },
  { target: '#command.silent', actions: 'takeAnswer' },
] as const;

const answered = [
  { guard: 'saysSuccess', target: '#command.success', actions: 'endByResponse' },
  { guard: 'saysError', target: '#command.error', actions: 'endByResponse' },
] as const;

/**
 * The life of one command to one device, from acceptance to exactly one of five endings (SPEC C1–C4).
 *
 * The host binds these effects: `note` (writes progress to the record and the document), `transmit` (sends one
 * attempt), `askState`, `noteVerdict`. The actor's output is the ending.
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

    takeBaseline: assign({
      baseline: ({ context, event }) => {
        const seen = event.type === 'DISPATCH' ? event.baseline : event.type === 'OBSERVED' ? event.seen : null;
        return seen && isBaselineFor(context.spec, seen) ? seen : null;
      },
    }),
    takeAnswer: assign({
      answered: ({ context, event }) => (event.type === 'RESPONSE' ? (event.message ?? NO_MESSAGE) : context.answered),
    }),
    beginAttempt: assign({ attempt: ({ context }) => context.attempt + 1, leftMs: null }),
    clearLeftMs: assign({ leftMs: null }),
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
    isOnline: ({ event }) => event.type === 'LINK' && event.link === 'online',
    isAway: ({ event }) => event.type === 'LINK' && event.link !== 'online',
    isReconnecting: ({ event }) => event.type === 'LINK' && event.link === 'reconnecting',
    isOffline: ({ event }) => event.type === 'LINK' && event.link === 'offline',
    failsWhileOffline: ({ context, event }) =>
      event.type === 'LINK' && event.link === 'offline' && context.spec.ttlMs === null,
    isInGrace: stateIn({ sent: 'reconnecting' }),
    wasLost: stateIn({ sent: 'offline' }),
    wasSent: ({ context }) => context.resume === 'sent',
    wasVerifying: ({ context }) => context.resume === 'verifying',
    isAlreadySo: ({ context, event }) => decisionOf(context, event) === 'already so',
    isUnproven: ({ context, event }) => decisionOf(context, event) === 'unproven',
    needsMeasurement: ({ context, event }) => decisionOf(context, event) === 'measure',
    mayRepeatUnverified: ({ context }) => isRepeatable(context.spec) && mayRepeat(context),
    /** Without a baseline, no later state can prove anything. */
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
    ttl: ({ context }) => context.leftMs ?? context.spec.ttlMs ?? MAX_TIMEOUT_MS,
    baselineWait: BASELINE_WAIT_MS,
    answerWait: ({ context }) => context.leftMs ?? context.spec.timeoutMs,
    verifyWait: ({ context }) => Math.min(context.spec.timeoutMs, VERIFY_WAIT_MS),
    reportWait: VERIFY_WAIT_MS,
    verifyLimit: VERIFY_LIMIT_MS,
  },
}).createMachine({
  id: 'command',
  context: ({ input: { spec, progress } }) => ({
    spec,
    attempt: progress?.attempt ?? 0,
    baseline: progress?.baseline ?? null,
    answered: progress?.answered ?? null,
    leftMs: progress?.leftMs ?? null,
    resume: progress?.status ?? 'queued',
    output: null,
  }),
  output: ({ context }) => context.output as CommandOutput,
  initial: 'resuming',
  states: {
    resuming: {
      // After a restart the device is not connected yet.
      always: [
        { guard: 'wasSent', target: 'sent.reconnecting' },
        { guard: 'wasVerifying', target: 'away' },
        { target: 'queued' },
      ],
    },

    queued: {
      initial: 'waiting',
      entry: { type: 'note', params: progress('queued', (context) => context.leftMs ?? context.spec.ttlMs) },
      after: {
        ttl: {
          target: 'undelivered',
          actions: { type: 'end', params: { status: 'undelivered', message: 'the time to live expired' } },
        },
      },
      on: { CANCEL: { target: 'cancelled', actions: { type: 'end', params: { status: 'cancelled' } } } },
      states: {
        waiting: {
          on: {
            LINK: offlineAtOnce,
            DISPATCH: [
              { guard: 'needsMeasurement', target: 'baseline' },
              alreadySo,
              { target: '#command.sent', actions: ['takeBaseline', ...nextAttempt] },
            ],
          },
        },
        /**
         * A toggle is judged by comparison with the state before it. Without that state, it is sent once and never
         * repeated. An intent needs the state to decide what to send.
         */
        baseline: {
          entry: 'askState',
          after: { baselineWait: [unproven, { target: '#command.sent', actions: [...nextAttempt] }] },
          on: {
            LINK: [offlineAtOnce, { guard: 'isAway', target: 'waiting' }],
            OBSERVED: [alreadySo, unproven, { target: '#command.sent', actions: ['takeBaseline', ...nextAttempt] }],
          },
        },
      },
    },

    /** The substate is the device's connection meanwhile, which decides only when the wait is over. */
    sent: {
      initial: 'online',
      after: { answerWait: silence },
      exit: 'clearLeftMs',
      on: {
        // The player has responded, so a repetition is unsafe: a measurement decides.
        RESPONSE: [...answered, ...unclear],
        LINK: [
          { guard: 'isOnline', target: '.online' },
          { guard: 'isReconnecting', target: '.reconnecting' },
          { guard: 'isOffline', target: '.offline' },
        ],
      },
      states: { online: {}, reconnecting: {}, offline: {} },
    },

    /** No response while the device is online. The next step depends on the command. */
    silent: {
      always: [
        { guard: 'mayRepeatUnverified', target: 'sent', actions: [...nextAttempt] },
        { guard: 'canBeJudged', target: 'verifying' },
        { target: 'timeout', actions: timedOut },
      ],
    },

    /** No response and no connection: wait for the device or for the end of its grace period. Published as `verifying`. */
    away: {
      entry: { type: 'note', params: progress('verifying', () => null) },
      on: {
        LINK: [
          { guard: 'isOffline', target: 'timeout', actions: timedOut },
          { guard: 'isOnline', target: 'silent' },
        ],
        RESPONSE: [
          ...answered,
          { actions: ['takeAnswer', { type: 'note', params: progress('verifying', () => null) }] },
        ],
      },
    },

    /** Requests a report and waits for a measurement made after the attempt. */
    verifying: {
      entry: ['askState', { type: 'note', params: progress('verifying', () => VERIFY_LIMIT_MS) }],
      after: { verifyLimit: { target: 'timeout', actions: timedOut } },
      initial: 'asking',
      states: {
        asking: { after: { verifyWait: { target: '#command.timeout', actions: timedOut } } },
        /** The device still reports, so a new measurement can be expected. */
        hearing: { after: { reportWait: { target: '#command.timeout', actions: timedOut } } },
      },
      on: {
        RESPONSE: [
          ...answered,
          { actions: ['takeAnswer', { type: 'note', params: progress('verifying', () => VERIFY_LIMIT_MS) }] },
        ],
        LINK: [
          { guard: 'isOffline', target: 'timeout', actions: timedOut },
          { guard: 'isReconnecting', target: 'away' },
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
            // The state that proves this attempt had no effect is the baseline of the next one.
            actions: [{ type: 'noteVerdict', params: { verdict: 'none' } }, 'takeBaseline', ...nextAttempt],
          },
          {
            guard: 'provesNothing',
            target: 'timeout',
            actions: [
              { type: 'noteVerdict', params: { verdict: 'none' } },
              { type: 'end', params: timeout('the state shows no effect') },
            ],
          },
          // The player may still execute the command.
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
  if (event.type === 'DISPATCH') return decide(spec, event.baseline, false);
  return decide(spec, event.type === 'OBSERVED' ? event.seen : null, true);
}

/** A toggle sent for an intent goes out only once: a second one could undo what the first did. */
function mayRepeat({ spec, attempt, answered }: CommandContext): boolean {
  return answered === null && attempt < (spec.intent !== undefined && !isRepeatable(spec) ? 1 : spec.maxAttempts);
}

const isSettled = (event: CommandEvent): boolean => event.type === 'OBSERVED' && event.sinceArrivalMs >= SETTLE_MS;
