import { assign, setup } from 'xstate';
import { type CommandRequest, type Decision, decide } from './intents.ts';
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

/** The device's connection, as far as commands depend on it. */
export type Link = 'online' | 'reconnecting' | 'offline';

export interface CommandSpec extends CommandRequest {
  deviceId: string;
  commandId: string;
  /** Response timeout of one attempt, in ms. */
  timeoutMs: number;
  /** Includes the first attempt. */
  maxAttempts: number;
  /** Maximum time in the queue, in ms. Null: fail at once if the device is offline. */
  ttlMs: number | null;
}

/** Progress of a command. Published at every step; a restored actor resumes from it. */
export interface CommandProgress {
  status: 'queued' | 'sent' | 'verifying';
  attempt: number;
  /** The state before the command, which later states are compared with. */
  baseline: Observation | null;
  /** Remaining time of the current wait, in ms; null if the wait has no timeout of its own. */
  leftMs: number | null;
  /** The player's response, if the server could not interpret it. */
  answered?: string;
}

/** A player's response. `unclear`: neither success nor error; `message` holds the player's own words, if any. */
export interface Answer {
  status: 'success' | 'error' | 'unclear';
  result?: unknown;
  message?: string;
}

export interface CommandInput {
  spec: CommandSpec;
  link: Link;
  /** Set when the actor is restored. */
  progress?: CommandProgress;
}

export interface CommandOutput {
  commandId: string;
  status: CommandEnding;
  attempts: number;
  confirmedBy?: 'response' | 'state';
  /** The device already was in the wanted state, so nothing was sent. */
  alreadySo?: true;
  /** Why the command was not sent. */
  code?: 'unproven';
  result?: unknown;
  message?: string;
}

export type CommandEvent =
  /** The command is first in the queue and the device is online. */
  | { type: 'DISPATCH'; baseline: Observation | null }
  | { type: 'LINK'; link: Link }
  /** The device made this measurement at least `sinceArrivalMs` after the last attempt reached it. */
  | { type: 'OBSERVED'; seen: Observation; sinceArrivalMs: number }
  /** The device reported something that proves neither success nor failure. */
  | { type: 'HEARD' }
  | ({ type: 'RESPONSE' } & Answer)
  | { type: 'CANCEL' };

interface CommandContext {
  spec: CommandSpec;
  link: Link;
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

    setLink: assign({ link: ({ context, event }) => (event.type === 'LINK' ? event.link : context.link) }),
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
    isOnline: ({ context }) => context.link === 'online',
    isAway: ({ context }) => context.link !== 'online',
    isReconnecting: ({ context }) => context.link === 'reconnecting',
    isOffline: ({ context }) => context.link === 'offline',
    failsWhileOffline: ({ context }) => context.link === 'offline' && context.spec.ttlMs === null,
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
  on: { LINK: { actions: 'setLink' } },
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
          actions: { type: 'end', params: { status: 'undelivered', message: 'the time to live expired' } },
        },
      },
      on: { CANCEL: { target: 'cancelled', actions: { type: 'end', params: { status: 'cancelled' } } } },
      states: {
        waiting: {
          always: {
            guard: 'failsWhileOffline',
            target: '#command.undelivered',
            actions: { type: 'end', params: { status: 'undelivered', message: 'the device is offline' } },
          },
          on: {
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
      exit: 'clearLeftMs',
      // The player has responded, so a repetition is unsafe: a measurement decides.
      on: { RESPONSE: [...answered, { target: 'silent', actions: 'takeAnswer' }] },
    },

    /** The response timed out. The next step depends on the command and the connection. */
    silent: {
      always: [
        { guard: 'isOffline', target: 'timeout', actions: timedOut },
        { guard: 'isReconnecting', target: 'away' },
        { guard: 'mayRepeatUnverified', target: 'sent', actions: [...nextAttempt] },
        { guard: 'canBeJudged', target: 'verifying' },
        { target: 'timeout', actions: timedOut },
      ],
    },

    /** No response and no connection: wait for the device or for the end of its grace period. Published as `verifying`. */
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

    /** Requests a report and waits for a measurement made after the attempt. */
    verifying: {
      entry: ['askState', { type: 'note', params: progress('verifying', () => VERIFY_LIMIT_MS) }],
      always: { guard: 'isAway', target: 'away' },
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
