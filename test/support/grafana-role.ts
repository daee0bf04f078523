import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const FILE = fileURLToPath(new URL('../../deploy/postgres/grafana.sql', import.meta.url));
const PASSWORD = "it's a grafana password";

/** Creates Grafana's role as docker-compose.yml does, and returns the URL for connecting with it. */
export async function makeGrafanaRole(databaseUrl: string): Promise<string> {
  const env = { ...process.env, GRAFANA_DATABASE_PASSWORD: PASSWORD };
  await run('psql', ['-1', '-v', 'ON_ERROR_STOP=1', '-f', FILE, databaseUrl], { env });
  const url = new URL(databaseUrl);
  url.username = 'grafana';
  url.password = encodeURIComponent(PASSWORD);
  return url.href;
}
