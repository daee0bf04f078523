import { type AnyStateMachine, createMachine } from 'xstate';

const MARK = 'transitionTaken';

interface Covered<M extends AnyStateMachine> {
  machine: M;
  /** The names of all transitions of the machine: where from, on what, and which of the alternatives. */
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
 * The same machine, with one more action in each of its transitions, that notes that it was taken. So a test file can
 * prove that it took every transition there is, and fails when one is added that it does not know.
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

/** Did an action come from `withCoverage`? */
export const isMark = (action: { type: string }) => action.type === MARK;
