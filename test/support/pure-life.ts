import { type AnyMachineSnapshot, type AnyStateMachine, type EventFrom, initialTransition, transition } from 'xstate';
import { isMark } from './coverage.ts';

/** An effect of a machine: its name, and its parameters if it has any. */
export type Asked = [effect: string] | [effect: string, params: unknown];

interface Action {
  type: string;
  params: unknown;
  exec?: ((info: never, params: never) => unknown) | undefined;
}

export interface PureLife<M extends AnyStateMachine> {
  readonly state: unknown;
  readonly snapshot: ReturnType<M['getInitialSnapshot']>;
  readonly output: unknown;
  /** The effects of the last step, in order, without internal actions. */
  readonly asked: Asked[];
  /** The current delays, by name, in ms. */
  readonly waits: Record<string, number>;
  /** Sends an event; returns its effects. */
  send(event: EventFrom<M>): Asked[];
  /** Lets a current delay elapse. */
  elapse(wait: string): Asked[];
}

/** Runs a machine with `transition()` alone: no actor, no clock, and no effect is executed. */
export function pureLife<M extends AnyStateMachine>(machine: M, input: unknown): PureLife<M> {
  const waits = new Map<string, { name: string; ms: number; event: { type: string } }>();
  let asked: Asked[] = [];
  let snapshot: AnyMachineSnapshot;

  const step = ([next, actions]: [AnyMachineSnapshot, readonly Action[]]): Asked[] => {
    snapshot = next;
    asked = [];
    for (const action of actions) {
      if (action.type === 'xstate.raise') {
        const { id, delay, event } = action.params as { id: string; delay?: number; event: { type: string } };
        // Without a delay it belongs to the same step.
        if (delay === undefined) continue;
        waits.set(id, { name: id.startsWith('xstate.after.') ? (id.split('.')[2] as string) : id, ms: delay, event });
      } else if (action.type === 'xstate.cancel') {
        waits.delete((action.params as { sendId: string }).sendId);
      } else if (isMark(action)) {
        action.exec?.(undefined as never, action.params as never);
      } else if (!action.type.startsWith('xstate.')) {
        asked.push(action.params === undefined ? [action.type] : [action.type, action.params]);
      }
    }
    return asked;
  };
  const take = (event: { type: string }) =>
    step(transition(machine, snapshot as never, event as never) as [AnyMachineSnapshot, Action[]]);

  step(initialTransition(machine, input as never) as [AnyMachineSnapshot, Action[]]);
  return {
    get state() {
      return snapshot.value;
    },
    get snapshot() {
      return snapshot as ReturnType<M['getInitialSnapshot']>;
    },
    get output() {
      return snapshot.output;
    },
    get asked() {
      return asked;
    },
    get waits() {
      return Object.fromEntries([...waits.values()].map(({ name, ms }) => [name, ms]));
    },
    send: take,
    elapse(wait) {
      const due = [...waits].find(([, { name }]) => name === wait);
      if (!due) throw new Error(`No delay "${wait}" is running, only: ${[...waits.keys()]}`);
      waits.delete(due[0]);
      return take(due[1].event);
    },
  };
}
