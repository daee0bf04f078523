import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { type ProxyProcess, startProxy } from './proxy-process.ts';
import type { TestServer } from './server.ts';

/** The address for players and admins: a real HAProxy with the project's cluster configuration. */
export async function startBalancer(
  instances: readonly TestServer[],
  isReady: (status: number) => boolean = (status) => status === 200,
): Promise<TestServer> {
  const addresses = instances.map((it, i) => [`VIGIA_N${i + 1}`, `127.0.0.1:${it.port}`]);
  const proxy = await startHaproxy('haproxy.cfg', Object.fromEntries(addresses), isReady);
  return { ...(instances[0] as TestServer), ...proxy };
}

/**
 * @param configuration a file name in deploy/, or another path
 * @param isReady checks the status of `/readyz`
 */
export async function startHaproxy(
  configuration: string,
  addresses: Record<string, string>,
  isReady: (status: number) => boolean,
): Promise<ProxyProcess> {
  const path = fileURLToPath(new URL(configuration, new URL('../../deploy/', import.meta.url)));
  const port = await freePort();
  const env = { VIGIA_BIND: `127.0.0.1:${port}`, ...addresses };
  return startProxy({ port, command: ['haproxy', '-db', '-f', path], env, isReady });
}
