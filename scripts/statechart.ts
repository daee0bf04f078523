import type { AnyStateNode } from 'xstate';

/** A machine's statechart as a Mermaid diagram, which GitHub and many editors render. */
export function mermaid(root: AnyStateNode): string {
  const lines = ['```mermaid', 'stateDiagram-v2', '  direction LR'];
  if (root.type === 'parallel') {
    lines.push(`  state ${root.key} {`);
    childrenOf(root).forEach((region, index) => {
      if (index > 0) lines.push('    --');
      lines.push(`    state "${region.key}" as ${idOf(region)} {`, ...inside(region, '      '), '    }');
    });
    lines.push('  }');
  } else lines.push(...inside(root, '  '));
  return [...lines, '```'].join('\n');
}

function inside(parent: AnyStateNode, indent: string): string[] {
  const lines: string[] = [];
  const [initial] = parent.initial?.target ?? [];
  if (initial) lines.push(`${indent}[*] --> ${idOf(initial)}`);
  for (const state of childrenOf(parent)) {
    lines.push(`${indent}state "${state.key}" as ${idOf(state)}`);
    if (state.type === 'compound')
      lines.push(`${indent}state ${idOf(state)} {`, ...inside(state, `${indent}  `), `${indent}}`);
    if (state.type === 'final') lines.push(`${indent}${idOf(state)} --> [*]`);
  }
  for (const [arrow, labels] of arrowsWithin(parent)) lines.push(`${indent}${arrow} : ${[...labels].join(', ')}`);
  return lines;
}

/**
 * One arrow for each pair of the parent's children, labelled with all transitions between them. Mermaid cannot draw an
 * arrow out of the inside of a composite state, so it starts at the composite.
 */
function arrowsWithin(parent: AnyStateNode): Map<string, Set<string>> {
  const arrows = new Map<string, Set<string>>();
  for (const child of childrenOf(parent)) {
    for (const { source, target, label } of transitionsUnder(child)) {
      const to = childHolding(parent, target);
      if (!to || (to === child && source !== child)) continue;
      const arrow = `${idOf(child)} --> ${idOf(to)}`;
      arrows.set(arrow, (arrows.get(arrow) ?? new Set()).add(label));
    }
  }
  return arrows;
}

interface Transition {
  source: AnyStateNode;
  target: AnyStateNode;
  label: string;
}

/** Transitions that leave this state or one of its descendants. Internal transitions are omitted. */
function transitionsUnder(state: AnyStateNode): Transition[] {
  const own: Transition[] = [];
  const add = (target: AnyStateNode | undefined, label: string) => {
    if (target) own.push({ source: state, target, label });
  };
  for (const { target, guard } of state.always ?? []) add(target?.[0], guardName(guard));
  for (const [event, transitions] of state.transitions) {
    for (const { target, guard } of transitions) add(target?.[0], labelOf(event, guard));
  }
  return [...own, ...childrenOf(state).flatMap(transitionsUnder)];
}

function childHolding(parent: AnyStateNode, state: AnyStateNode): AnyStateNode | undefined {
  let at: AnyStateNode | undefined = state;
  while (at && at.parent !== parent) at = at.parent;
  return at;
}

function labelOf(event: string, guard: unknown): string {
  const after = /^xstate\.after\.(.+?)\./.exec(event);
  const name = after ? `after ${after[1]}` : event;
  return guard ? `${name} [${guardName(guard)}]` : name;
}

const guardName = (guard: unknown): string =>
  typeof guard === 'string' ? guard : guard ? String((guard as { type?: string }).type ?? 'guard') : 'always';
const childrenOf = (state: AnyStateNode): AnyStateNode[] => Object.values(state.states);
const idOf = (state: AnyStateNode): string => state.path.join('_') || state.key;
