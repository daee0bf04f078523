import type { JsonObject } from '../protocol/document.ts';

/** What names a machine in the description of its network: hardware addresses, else addresses, else all of it. */
export function identityOf(network: JsonObject): string {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (/^(mac|hwaddr|address|ip|ipv4|ip4)$/i.test(key) && typeof inner === 'string') found.push(inner);
      else visit(inner);
    }
  };
  visit(network);
  return found.length > 0 ? found.join(' ') : JSON.stringify(network);
}
