import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Packs both npm packages of the built project; resolves with the paths of the archives. */
export async function packPackages(folder: string): Promise<{ client: string; server: string }> {
  const { stdout } = await run(process.execPath, [join(root, 'scripts/pack-packages.mjs'), folder]);
  const [client = '', server = ''] = stdout.trim().split('\n');
  return { client, server };
}

/** Installs the packed client without npm: with the dependencies of this project. */
export async function unpackClient(project: string): Promise<void> {
  const { client } = await packPackages(project);
  const into = join(project, 'node_modules/@vigia/client');
  await mkdir(into, { recursive: true });
  await run('tar', ['--extract', '--file', client, '--directory', into, '--strip-components=1']);
  for (const name of ['socket.io-client', 'fast-json-patch']) {
    await symlink(join(root, 'node_modules', name), join(project, 'node_modules', name));
  }
}

/** Installs packages in a project, from npm's cache where it has them. */
export async function npmInstall(project: string, ...packages: string[]): Promise<void> {
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', ...options, ...packages], { cwd: project });
}
