/** A group in the tree that names with `/` make. */
export interface Group {
  /** The whole name. Null: the devices without a group. */
  path: string | null;
  /** What distinguishes it from its parent. */
  name: string | null;
  /** 0 for the top level. */
  depth: number;
  /** Its own devices, in order. */
  own: readonly string[];
  /** Its own and those of the groups below it. */
  ids: readonly string[];
  /** How many of `ids` have a problem. */
  inTrouble: number;
  hasSubgroups: boolean;
}

interface Node {
  own: string[];
  bad: number;
  children: Map<string | null, Node>;
}

/**
 * The groups, each before its subgroups. Ordered by each group's first device, so in an order by trouble the worst group
 * is first. A group without devices that has one subgroup alone is shown as one with it.
 */
export function groupTree(
  ids: readonly string[],
  of: (id: string) => { group: string | null; isBad: boolean } | undefined,
): readonly Group[] {
  const root = newNode();
  for (const id of ids) {
    const device = of(id);
    if (!device) continue;
    let node = root;
    for (const part of device.group?.split('/') ?? [null]) node = childOf(node, part);
    node.own.push(id);
    if (device.isBad) node.bad++;
  }
  const groups: Group[] = [];
  for (const [name, node] of root.children) list(name, name, node, 0, groups);
  return groups;
}

function list(path: string | null, name: string | null, node: Node, depth: number, into: Group[]): Group {
  const [only] = node.children;
  if (only && node.children.size === 1 && node.own.length === 0) {
    return list(`${path}/${only[0]}`, `${name}/${only[0]}`, only[1], depth, into);
  }
  const at = into.length;
  const group: Group = { path, name, depth, own: node.own, ids: node.own, inTrouble: node.bad, hasSubgroups: false };
  into.push(group);
  if (!only) return group;
  const below = [...node.children].map(([part, child]) => list(`${path}/${part}`, part, child, depth + 1, into));
  const whole = {
    ...group,
    ids: [...node.own, ...below.flatMap((it) => it.ids)],
    inTrouble: below.reduce((sum, it) => sum + it.inTrouble, node.bad),
    hasSubgroups: true,
  };
  into[at] = whole;
  return whole;
}

const newNode = (): Node => ({ own: [], bad: 0, children: new Map() });

function childOf(node: Node, part: string | null): Node {
  const known = node.children.get(part);
  if (known) return known;
  const made = newNode();
  node.children.set(part, made);
  return made;
}

/** The groups to choose from: with `north/hall`, also `north/`, which stands for `north` and everything below it. */
export function groupChoices(names: readonly string[]): readonly string[] {
  const choices = new Set<string>();
  for (const name of names) {
    for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) choices.add(name.slice(0, at + 1));
    choices.add(name);
  }
  return [...choices].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
}
