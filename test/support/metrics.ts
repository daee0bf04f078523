import type { TestServer } from './server.ts';

/** A value of `/metrics`, by name and labels: `vigia_store_backlog{of="records"}`. */
export async function figureOf(server: TestServer, name: string): Promise<number> {
  const lines = (await (await server.fetch('/metrics')).text()).split('\n');
  return Number(lines.find((it) => it.startsWith(`${name} `))?.slice(name.length));
}
