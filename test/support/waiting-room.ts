import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../src/cli/free-port.ts';
import { startHaproxy } from './haproxy.ts';
import { type ProxyProcess, startProxy } from './proxy-process.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** The proxies in front of a single server, with the project's own configurations; the server need not run. */
export const waitingRooms = {
  HAProxy: (serverPort: number) =>
    startHaproxy('haproxy-single.cfg', { VIGIA_SERVER: `127.0.0.1:${serverPort}` }, () => true),
  nginx: startNginx,
};

async function startNginx(serverPort: number): Promise<ProxyProcess> {
  const directory = await temporaryDirectory();
  const port = await freePort();
  const site = await readFile(new URL('../../deploy/nginx-single.conf', import.meta.url), 'utf8');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((it) => `${it}_temp_path ${it};`)
    .join(' ');
  const main = `daemon off; master_process off; pid nginx.pid; error_log stderr; events {} http { access_log off; ${temporary} include site.conf; }`;
  await writeFile(join(directory, 'nginx.conf'), main);
  const here = site
    .replace('listen 80;', `listen 127.0.0.1:${port};`)
    .replace('server 127.0.0.1:3001;', `server 127.0.0.1:${serverPort};`);
  await writeFile(join(directory, 'site.conf'), here);
  return startProxy({ port, command: ['nginx', '-p', directory, '-c', 'nginx.conf'], isReady: () => true });
}
