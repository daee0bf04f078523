import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { startHaproxy } from './haproxy.ts';
import { type ProxyProcess, startProxy } from './proxy-process.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/**
 * Starts a proxy in front of a single server, which need not be running. `strips`: it removes /signage from the path.
 */
type Start = (serverPort: number, strips?: boolean) => Promise<ProxyProcess>;

/** With the project's own configurations, which describe in a comment how to strip the path. */
export const waitingRooms: Record<'HAProxy' | 'nginx' | 'Caddy', Start> = {
  HAProxy: async (serverPort, strips) => {
    const [path] = await configure('haproxy-single.cfg', (it) => (strips ? uncommented(it, 'http-request') : it));
    return startHaproxy(path, { VIGIA_SERVER: `127.0.0.1:${serverPort}` }, () => true);
  },
  nginx: async (serverPort, strips) => {
    const port = await freePort();
    const [, directory] = await configure('nginx-single.conf', (it) =>
      (strips ? uncommented(it, 'rewrite') : it)
        .replace('listen 80;', `listen 127.0.0.1:${port};`)
        .replace('server 127.0.0.1:3001;', `server 127.0.0.1:${serverPort};`),
    );
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((it) => `${it}_temp_path ${it};`)
      .join(' ');
    const main = `daemon off; master_process off; pid nginx.pid; error_log stderr; events {} http { access_log off; ${temporary} include nginx-single.conf; }`;
    await writeFile(join(directory, 'nginx.conf'), main);
    return startProxy({ port, command: ['nginx', '-p', directory, '-c', 'nginx.conf'], isReady: () => true });
  },
  Caddy: async (serverPort, strips) => {
    const port = await freePort();
    // Separate directories for concurrent instances, outside the user's home directory.
    const [path, directory] = await configure(
      'Caddyfile.single',
      (it) => `{\n\tadmin off\n}\n${strips ? uncommented(it, 'uri') : it}`,
    );
    const env = {
      VIGIA_SITE: `http://127.0.0.1:${port}`,
      VIGIA_SERVER: `127.0.0.1:${serverPort}`,
      HOME: directory,
      XDG_DATA_HOME: directory,
      XDG_CONFIG_HOME: directory,
    };
    const command: [string, ...string[]] = ['caddy', 'run', '--adapter', 'caddyfile', '--config', path];
    return startProxy({ port, command, env, isReady: () => true });
  },
};

/** Copies a file of deploy/ to a directory of its own; returns both paths. */
async function configure(name: string, change: (text: string) => string): Promise<[path: string, directory: string]> {
  const directory = await temporaryDirectory();
  const path = join(directory, name);
  const given = await readFile(new URL(`../../deploy/${name}`, import.meta.url), 'utf8');
  await writeFile(path, change(given));
  return [path, directory];
}

function uncommented(text: string, directive: string): string {
  const line = new RegExp(`# (?=${directive} .*signage)`);
  if (!line.test(text)) throw new Error(`the configuration does not say how to strip the path (${directive})`);
  return text.replace(line, '');
}
