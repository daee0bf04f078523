import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';

interface TestAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  endsAt: string;
  status: { state: 'active' | 'suppressed' | 'unprocessed' };
}

export interface TestAlertmanager {
  url: string;
  /** Its current alerts: labels, and whether each is active. */
  alerts(): Promise<TestAlert[]>;
}

const NOBODY = 'route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n';

/** Starts a real Alertmanager on a free loopback port, without peers and, by default, without receivers. */
export async function startAlertmanager(configuration = NOBODY): Promise<TestAlertmanager> {
  const [port, directory] = [await freePort(), await temporaryDirectory()];
  const config = join(directory, 'alertmanager.yml');
  await writeFile(config, configuration);
  const child = spawn(
    'prometheus-alertmanager',
    [
      `--config.file=${config}`,
      `--storage.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  );
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }
  });
  const url = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (let i = 0; !(await isReady()); i++) {
    if (i > 1000) throw new Error('Alertmanager does not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url, alerts: async () => (await fetch(`${url}/api/v2/alerts`)).json() as never };
}
