/** The instance with the first name leads: it does what only one instance of the cluster may do. */
export function leads(node: string, nodes: readonly string[]): boolean {
  return nodes.every((it) => node <= it);
}
