import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';

/** Programs required by tests, by Debian package, with a check for each. */
const packages: Record<string, () => boolean> = {
  postgresql: () => existsSync('/usr/lib/postgresql') && readdirSync('/usr/lib/postgresql').length > 0,
  'redis-server': () => inPath('redis-server'),
  haproxy: () => inPath('haproxy'),
  'nginx-light': () => inPath('nginx'),
  caddy: () => inPath('caddy'),
  prometheus: () => inPath('promtool'),
  'prometheus-alertmanager': () => inPath('amtool'),
  chromium: () => inPath('chromium'),
  'vlc-bin': () => inPath('vlc'),
  'vlc-plugin-base': () => inPath('vlc'),
  'vlc-plugin-video-output': () => inPath('vlc'),
  bsdutils: () => inPath('script'),
  xvfb: () => inPath('Xvfb'),
};

/** Installs missing packages if possible (root on Debian), and otherwise reports them: no test is skipped. */
export default function installSystemPackages(): void {
  const missing = Object.keys(packages).filter((name) => !packages[name]?.());
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !inPath('apt-get')) {
    throw new Error(`The tests need programs that are not installed here. On Debian: ${command}`);
  }
  process.stderr.write(`installing for the tests: ${missing.join(' ')}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) => execFileSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  withoutServices(() => {
    apt('update', '-qq');
    apt('install', '-y', '-qq', '--no-install-recommends', ...missing);
  });
}

/** Packages start their services on installation unless this policy denies it (101). */
function withoutServices(install: () => void): void {
  const policy = '/usr/sbin/policy-rc.d';
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    if (isOurs) rmSync(policy);
  }
}

function inPath(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}
