import type { Admin, Ending, Progress } from '../../client/admin.ts';
import { createSubscribers } from '../../client/subscribers.ts';
import { type CommandStatus, isPending, statusOfFailure } from './command-status.ts';
import { newCommandId } from './orders.ts';

/** What to do, to whom, and when to stop. */
export interface Plan {
  command: string;
  deviceIds: readonly string[];
  /** So many first; if one of them fails, the rest waits for a decision. 0: none. */
  canary: number;
  /** Stops when more than this fail. */
  maxFailures: number;
}

export interface Answer {
  status: CommandStatus;
  message?: string | undefined;
  durationMs?: number | undefined;
}

/**
 * `canaryFailed` waits for a decision. `stopped`: by hand, or (`tooMany`) by failures; what was sent by then goes on to its
 * end.
 */
export type Phase = 'canary' | 'canaryFailed' | 'rest' | 'stopped' | 'tooMany' | 'done';

export interface Run {
  plan: Plan;
  phase: Phase;
  startedAt: number;
  /** By device, as far as anything was sent. It grows; the run around it is a new one each time. */
  answers: ReadonlyMap<string, Answer>;
  ended: number;
  failed: number;
}

export interface Bulk {
  get(): Run | undefined;
  subscribe(listener: () => void): () => void;
  start(plan: Plan): void;
  /** Sends the rest though the canary failed. */
  goOn(): void;
  stop(): void;
  clear(): void;
}

const CHUNK = 25;
const AT_ONCE = 4;

export const isFailure = (status: CommandStatus) =>
  !isPending(status) && status !== 'success' && status !== 'cancelled';

/** One command for many devices, in steps. It goes on while other pages are looked at. */
export function createBulk(admin: Pick<Admin, 'send'>): Bulk {
  const listeners = createSubscribers<void>();
  let run: Run | undefined;
  let telling = false;

  /** However many answers come, they are told once a frame. */
  function tell(): void {
    if (telling) return;
    telling = true;
    setTimeout(() => {
      telling = false;
      listeners.tell();
    }, 16);
  }

  /** Changes the run, if it still is this one. */
  function change(of: Plan, next: (now: Run) => Partial<Run>): void {
    if (run?.plan !== of) return;
    run = { ...run, ...next(run) };
    tell();
  }

  function note(plan: Plan, deviceId: string, answer: Answer): void {
    change(plan, ({ answers, ended, failed, phase }) => {
      const before = answers.get(deviceId);
      // An ending is told once; what comes later is late.
      if (before && !isPending(before.status)) return {};
      // The same map: a copy for each of ten thousand answers would cost more than they do.
      (answers as Map<string, Answer>).set(deviceId, answer);
      const next = failed + (isFailure(answer.status) ? 1 : 0);
      return {
        ended: ended + (isPending(answer.status) ? 0 : 1),
        failed: next,
        phase: phase === 'rest' && next > plan.maxFailures ? 'tooMany' : phase,
      };
    });
  }

  async function send(plan: Plan, deviceIds: readonly string[]): Promise<void> {
    for (const id of deviceIds) note(plan, id, { status: 'queued' });
    const progress = ({ deviceId, status }: Progress) => isPending(status) && note(plan, deviceId, { status });
    try {
      const request = { deviceIds: [...deviceIds], command: plan.command, commandId: newCommandId() };
      const endings = (await admin.send(request, progress)) as Ending[];
      for (const { deviceId, status, message, error, durationMs } of endings) {
        note(plan, deviceId, { status, message: error?.message ?? message, durationMs });
      }
    } catch (error) {
      const { message } = error as { message?: string };
      const status = statusOfFailure(error);
      for (const id of deviceIds) note(plan, id, { status, message });
    }
  }

  async function sendRest(plan: Plan): Promise<void> {
    change(plan, ({ failed }) => ({ phase: failed > plan.maxFailures ? 'tooMany' : 'rest' }));
    const waiting = plan.deviceIds.slice(plan.canary);
    const work = async () => {
      while (waiting.length > 0 && run?.plan === plan && run.phase === 'rest')
        await send(plan, waiting.splice(0, CHUNK));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    change(plan, ({ phase }) => (phase === 'rest' ? { phase: 'done' } : {}));
  }

  async function begin(plan: Plan): Promise<void> {
    if (plan.canary > 0) {
      await send(plan, plan.deviceIds.slice(0, plan.canary));
      if (run?.plan !== plan || run.phase !== 'canary') return;
      if (run.failed > 0) return change(plan, () => ({ phase: 'canaryFailed' }));
    }
    await sendRest(plan);
  }

  return {
    get: () => run,
    subscribe: listeners.add,
    start(plan) {
      const canary = plan.canary > 0 && plan.canary < plan.deviceIds.length ? plan.canary : 0;
      const planned = { ...plan, canary };
      run = {
        plan: planned,
        phase: canary > 0 ? 'canary' : 'rest',
        startedAt: Date.now(),
        answers: new Map(),
        ended: 0,
        failed: 0,
      };
      tell();
      void begin(planned);
    },
    goOn() {
      if (run?.phase !== 'canaryFailed') return;
      // The canary's failures were looked at: they do not count against the rest.
      const plan = { ...run.plan, maxFailures: run.plan.maxFailures + run.failed };
      run = { ...run, plan };
      void sendRest(plan);
    },
    stop() {
      if (run) change(run.plan, ({ phase }) => (phase === 'done' ? {} : { phase: 'stopped' }));
    },
    clear() {
      run = undefined;
      tell();
    },
  };
}
