import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { testCertificate } from '../support/certificate.ts';
import { freePort } from '../support/free-port.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);
const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const PAGE = readFileSync(path('docs/INSTALL.md'), 'utf8');

/** The commands of a block of the page, which contains these words. */
function block(words: string): string {
  const found = [...PAGE.matchAll(/^```sh\n(.*?)^```/gms)].map(([, it = '']) => it).filter((it) => it.includes(words));
  expect(found, words).toHaveLength(1);
  return found[0] as string;
}

/** A machine below a folder: the page's commands run there as they are printed, but for places, ports and names. */
async function machine() {
  const root = await temporaryDirectory();
  const [port, tlsPort] = [await freePort(), await freePort()];
  for (const it of ['bin', 'home', 'opt', 'etc/systemd/system', 'etc/haproxy', 'var/lib', 'usr/local/bin'])
    mkdirSync(join(root, it), { recursive: true });
  copyFileSync(path('test/support/systemctl.sh'), join(root, 'bin/systemctl'));
  // No user and group of the machine that runs the tests.
  for (const it of ['useradd', 'chgrp']) writeFileSync(join(root, 'bin', it), '#!/bin/sh\n');
  for (const it of readdirSync(join(root, 'bin'))) chmodSync(join(root, 'bin', it), 0o755);
  copyFileSync(testCertificate().cert, join(root, 'home/fullchain.pem'));
  copyFileSync(testCertificate().key, join(root, 'home/privkey.pem'));
  const url = `https://127.0.0.1:${tlsPort}`;
  const env = {
    PATH: `${root}/bin:${root}/usr/local/bin:${process.env.PATH}`,
    HOME: process.env.HOME ?? root,
    ROOT: root,
    // The certificate is its own authority.
    NODE_EXTRA_CA_CERTS: testCertificate().cert,
    VIGIA_URL: url,
    VIGIA_TOKEN_FILE: join(root, 'etc/vigia/admin-token'),
  };
  const sh = async (commands: string): Promise<string> => {
    const there = commands
      .replace(/(?<![\w.])\/(opt|etc|var\/lib|usr\/local\/bin)\b/g, `${root}/$1`)
      .replace(' --group=vigia', '')
      .replace('HOST=127.0.0.1\n', `HOST=127.0.0.1\nPORT=${port}\n`)
      .replace('127.0.0.1:3001', `127.0.0.1:${port}`)
      .replace('bind :443', `bind 127.0.0.1:${tlsPort}`)
      .replace('https://signage.example.org', url);
    const { stdout, stderr } = await run('bash', ['--norc', '-euo', 'pipefail', '-c', there], {
      cwd: join(root, 'home'),
      env,
    });
    return stdout + stderr;
  };
  onTestFinished(() => sh('systemctl stop vigia haproxy').then(() => {}));
  /** Whether the server has the device; with `make`, it gets it. */
  const has = async (id: string, make?: 'make') => {
    const authorization = `Bearer ${readFileSync(env.VIGIA_TOKEN_FILE, 'utf8')}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const devices = `http://127.0.0.1:${port}/api/v1/devices`;
    if (make)
      expect((await fetch(devices, { method: 'POST', headers, body: JSON.stringify({ id }) })).status).toBe(201);
    return (await fetch(`${devices}/${id}`, { headers })).status === 200;
  };
  return { root, home: join(root, 'home'), port, sh, has };
}

/** The release that follows: another version, and a migration of its own. */
async function nextRelease(home: string, current: string, next: string): Promise<void> {
  const there = join(home, 'next');
  mkdirSync(there);
  await run('tar', ['--extract', '--file', join(home, `vigia-${current}.tar.gz`), '--directory', there]);
  await run('mv', [join(there, `vigia-${current}`), join(there, `vigia-${next}`)]);
  const edit = (file: string, from: string | RegExp, to: string) => {
    const name = join(there, `vigia-${next}`, file);
    const text = readFileSync(name, 'utf8');
    expect(text.search(from), file).toBeGreaterThan(-1);
    writeFileSync(name, text.replace(from, to));
  };
  edit('package.json', `"version": "${current}"`, `"version": "${next}"`);
  edit(
    'dist/src/adapters/database/migrations/all.js',
    /(const later = \[[^;]*)\];/,
    `$1{ name: '9999-of-next', up: (db) => db.schema.createTable('of_next').addColumn('id', 'text').execute() }];`,
  );
  const archive = join(home, `vigia-${next}.tar.gz`);
  await run('tar', ['--create', '--gzip', '--file', archive, '--directory', there, `vigia-${next}`]);
}

test('I12 the page leads from nothing to TLS, a backup, an upgrade and back, as it is printed', {
  timeout: 10 * PATIENCE_MS,
}, async () => {
  const { root, home, port, sh, has } = await machine();
  const [, current = ''] = /--file vigia-(\S+)\.tar\.gz/.exec(block('useradd')) ?? [];
  const upgrade = block('systemctl start vigia-backup\nln');
  const [, next = ''] = /--file vigia-(\S+)\.tar\.gz/.exec(upgrade) ?? [];
  await run('bash', [path('scripts/pack-release.sh'), home]);

  const installed = await sh(block('useradd').replace('npm ci', 'npm ci --prefer-offline --no-audit --no-fund'));
  expect(installed.trim().split('\n').at(-1)).toBe(current);
  expect(await sh(block('check-config'))).toContain('The configuration is valid.');
  expect(await sh(block('enable --now vigia '))).toContain('vigia listens on PORT');
  await sh(block('haproxy -c'));
  expect(await (await fetch(`http://127.0.0.1:${port}`)).text(), 'the console').toContain('<title>');

  expect(await has('lobby', 'make')).toBe(true);
  // Ctrl-C, once they are there.
  const inTurn = block('vigia simulate').replace(
    /^PLAYER_TOKEN.*$/m,
    '$& & until [ "$(vigia devices list | grep --count online)" = 3 ]; do sleep 0.2; done; trap "kill -INT $! || true" EXIT',
  );
  const seen = await sh(inTurn);
  for (const line of [/^ok +certificate/m, /^ok +websocket/m, /^ok +long-polling/m]) expect(seen).toMatch(line);
  expect(seen).toMatch(/^try-0003 .* online /m);
  const told = await sh(block('tokens create'));
  expect(told).toMatch(/^va_/m);

  expect(await sh(block('ls -l'))).toContain('vigia-20');
  expect(await has('after-the-backup', 'make')).toBe(true);
  const [backup = ''] = readdirSync(join(root, 'var/lib/vigia-backups'));
  await sh(block('vigia restore').replace(/vigia-\d{4}-.*\.db/, backup));
  expect([await has('lobby'), await has('after-the-backup')]).toEqual([true, false]);

  await nextRelease(home, current, next);
  // Its dependencies are the same, so they need not be installed again.
  await sh(`echo 'cp --archive --link ../vigia-${current}/node_modules .' > $ROOT/bin/npm; chmod +x $ROOT/bin/npm`);
  expect(await sh(upgrade)).toContain('vigia listens on PORT');
  expect(await sh('vigia --version')).toBe(`${next}\n`);
  expect(readFileSync(join(root, 'vigia.log'), 'utf8')).toContain('"migration":"9999-of-next"');
  expect([await has('lobby'), await has('of-next', 'make')]).toEqual([true, true]);

  await sh(block(`ln --symbolic --force --no-dereference /opt/vigia-${current} /opt/vigia\ncp`));
  expect(await sh('vigia --version')).toBe(`${current}\n`);
  expect([await has('lobby'), await has('of-next')]).toEqual([true, true]);
});
