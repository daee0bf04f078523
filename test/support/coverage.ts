import { type AnyStateMachine, createMachine } from 'xstate';

const MARK = 'transitionTaken';

interface Covered<M extends AnyStateMachine> {
  machine: M;
  /** The names of all transitions: source state, event, and index of the alternative. */
  declared: readonly string[];
  taken: Set<string>;
}

interface State {
  on?: object;
  after?: object;
  always?: unknown;
  states?: Record<string, State>;
}

/**
 * Adds an action to every transition of the machine that records that it was taken. With it, a test file proves that it
 * covers all transitions, and fails if a new one is not covered.
 */
export function withCoverage<M extends AnyStateMachine>(original: M): Covered<M> {
  const declared: string[] = [];
  const taken = new Set<string>();

  const marked = (name: string, transitions: unknown): unknown =>
    [transitions].flat().map((transition, index, { length }) => {
      const id = length === 1 ? name : `${name} [${index}]`;
      declared.push(id);
      const asObject = (typeof transition === 'string' ? { target: transition } : transition) as { actions?: unknown };
      const actions = asObject.actions === undefined ? [] : [asObject.actions].flat();
      return { ...asObject, actions: [{ type: MARK, params: { id } }, ...actions] };
    });
  const markedAll = (name: string, byEvent: object) =>
    Object.fromEntries(Object.entries(byEvent).map(([event, it]) => [event, marked(`${name}${event}`, it)]));
  const walk = (state: State, path: string): State => ({
    ...state,
    ...(state.on && { on: markedAll(`${path} on `, state.on) }),
    ...(state.after && { after: markedAll(`${path} after `, state.after) }),
    ...(state.always !== undefined && { always: marked(`${path} always`, state.always) }),
    ...(state.states && {
      states: Object.fromEntries(
        Object.entries(state.states).map(([key, it]) => [key, walk(it, path === '' ? key : `${path}.${key}`)]),
      ),
    }),
  });

  const { implementations } = original;
  const actions = { ...implementations.actions, [MARK]: (_: unknown, { id }: { id: string }) => taken.add(id) };
  const config = walk(original.config as State, '');
  const machine = createMachine(config as never, { ...implementations, actions } as never) as unknown as M;
  return { machine, declared, taken };
}

/** Whether the action was added by `withCoverage`. */
export const isMark = (action: { type: string }) => action.type === MARK;
