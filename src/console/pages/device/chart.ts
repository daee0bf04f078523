import type { AnyStateNode } from 'xstate';
import { commandMachine } from '../../../../machines/command.ts';
import { deviceMachine } from '../../../../machines/device.ts';
import type { DeviceDocument } from '../../../protocol/document.ts';

export interface ChartState {
  key: string;
  /** Substates. */
  states: readonly string[];
  isFinal: boolean;
  /** Transitions: label and target. */
  exits: readonly { label: string; to: string }[];
}

export interface Region {
  name: string;
  states: readonly ChartState[];
  /** Undefined: no state is highlighted, because the document does not contain it. */
  active: string | undefined;
}

/** The machines that the server runs, with the current states from the document. */
export function regionsOf(document: DeviceDocument): Region[] {
  const { connection, report, commands } = document;
  const [command] = Object.values(commands);
  const active: Record<string, string> = {
    identity: connection.conflict ? 'contested' : 'sole',
    connection: connection.status,
    report: report.status,
    commands: command ? 'busy' : 'idle',
  };
  const regions = Object.values(deviceMachine.root.states as Record<string, AnyStateNode>).map((region) => ({
    name: region.key,
    states: statesOf(region),
    active: active[region.key],
  }));
  return command
    ? [...regions, { name: command.command, states: statesOf(commandMachine.root), active: command.status }]
    : regions;
}

function statesOf(parent: AnyStateNode): ChartState[] {
  return Object.values(parent.states as Record<string, AnyStateNode>).map((state) => ({
    key: state.key,
    states: Object.keys(state.states),
    isFinal: state.type === 'final',
    exits: exitsOf(state, parent),
  }));
}

function exitsOf(state: AnyStateNode, parent: AnyStateNode): { label: string; to: string }[] {
  const found = [...transitionsIn(state)].flatMap(({ target, label }) => {
    const to = childHolding(parent, target);
    return to && to !== state ? [{ label, to: to.key }] : [];
  });
  return found.filter((it, i) => found.findIndex((other) => other.label === it.label && other.to === it.to) === i);
}

function* transitionsIn(state: AnyStateNode): Generator<{ target: AnyStateNode; label: string }> {
  for (const { target, guard } of state.always ?? []) {
    if (target?.[0]) yield { target: target[0], label: nameOf(guard) || '…' };
  }
  for (const [event, transitions] of state.transitions) {
    for (const { target, guard } of transitions) {
      if (!target?.[0]) continue;
      const after = /^xstate\.after\.(.+?)\./.exec(event);
      const name = after ? `after ${after[1]}` : event;
      yield { target: target[0], label: guard ? `${name} [${nameOf(guard)}]` : name };
    }
  }
  for (const child of Object.values(state.states as Record<string, AnyStateNode>)) yield* transitionsIn(child);
}

function childHolding(parent: AnyStateNode, state: AnyStateNode): AnyStateNode | undefined {
  let at: AnyStateNode | undefined = state;
  while (at && at.parent !== parent) at = at.parent;
  return at;
}

const nameOf = (guard: unknown): string =>
  typeof guard === 'string' ? guard : ((guard as { type?: string } | undefined)?.type ?? '');
