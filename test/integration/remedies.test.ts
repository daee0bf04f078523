import { mkdirSync, readdirSync } from 'node:fs';
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testCertificate } from '../support/certificate.ts';
import { configFaults } from '../support/config-faults.ts';
import { runServer, startServer } from '../support/server.ts';
import { smallDisk } from '../support/small-disk.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startVigia } from '../support/vigia.ts';

const vigia = (DATA_DIR: string, ...args: string[]) => startVigia({ DATA_DIR }, args).ran;

describe('I13 a fault says what to do, and loses nothing', () => {
  test('the disk is full: during a backup, a restore and a start', async () => {
    const server = await startServer();
    await server.call('/devices', { id: 'lobby' });
    const { dataDir } = server;
    const disk = await smallDisk(2);
    const file = join(disk.directory, 'of-today.db');

    disk.fill(64 * 1024);
    const refused = await vigia(dataDir, 'backup', file);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^\S+of-today\.db: the disk is full\. Make/),
    });
    expect(readdirSync(disk.directory), 'nothing half').toEqual(['ballast']);
    const elsewhere = join(await temporaryDirectory(), 'of-today.db');
    expect(await vigia(dataDir, 'backup', elsewhere)).toMatchObject({ code: 0 });
    await server.stop();

    disk.empty();
    const full = join(disk.directory, 'data');
    mkdirSync(full, { mode: 0o700 });
    await copyFile(join(dataDir, 'vigia.db'), join(full, 'vigia.db'));
    disk.fill(0);
    const before = await readFile(join(full, 'vigia.db'));
    const notRestored = await vigia(full, 'restore', elsewhere, '--force');
    expect(notRestored).toMatchObject({ code: 1, stderr: expect.stringContaining('the disk is full. Make room') });
    const notSaved = await vigia(full, 'backup', join(await temporaryDirectory(), 'of-full.db'));
    expect(notSaved.stderr, 'the disk of the database').toMatch(/^\S+\/data: the disk is full\. Make room there/);
    const notStarted = await runServer({ DATA_DIR: full });
    expect(notStarted).toMatchObject({ code: 1, stderr: expect.stringContaining('The disk is full: make room') });
    expect(notStarted.stderr, 'which would need as much room again').not.toContain('vigia restore');
    expect((await readFile(join(full, 'vigia.db'))).equals(before)).toBe(true);
    const fresh = join(disk.directory, 'fresh');
    mkdirSync(fresh, { mode: 0o700 });
    for (const start of ['first', 'second']) {
      const { stderr } = await runServer({ DATA_DIR: fresh });
      expect(stderr, `the ${start} start leaves no empty file`).toContain('The disk is full: make room');
    }
    disk.empty();
    const again = await server.restart({ DATA_DIR: full });
    expect((await again.call('/devices/lobby')).status).toBe(200);
  });

  test('a folder for the backup that does not exist', async () => {
    const server = await startServer();
    const nowhere = join(await temporaryDirectory(), 'missing', 'x.db');
    const { stderr } = await vigia(server.dataDir, 'backup', nowhere);
    expect(stderr).toBe(`${nowhere} cannot be written (ENOENT): make its folder first.\n`);
    expect((await readdir(server.dataDir)).filter((it) => it.includes('partial'))).toEqual([]);
  });

  test('special characters in the password of a database: none of it is shown', async () => {
    for (const password of ['12/cret', '12#cret', '12?cret', 'se?cret']) {
      const url = `postgres://vigia:${password}@127.0.0.1/vigia`;
      expect(configFaults({ DATABASE_URL: url })).toMatch(/^(?!.*cret).*%40 for @, %2F for \//s);
      const { code, stderr } = await vigia(await temporaryDirectory(), 'migrate-to', url);
      expect(code).toBe(2);
      expect(stderr).toContain('%40 for @, %2F for /');
      expect(stderr).not.toContain('cret');
    }
  });

  test('no PostgreSQL to migrate to: the URL is the one that was given', async () => {
    const url = 'postgres://vigia:secret@127.0.0.1:1/vigia';
    const { code, stderr } = await vigia(await temporaryDirectory(), 'migrate-to', url);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The database 127\.0\.0\.1:1\/vigia cannot be used: .*ECONNREFUSED.*\. Check the URL\.\n$/);
  });

  test('a certificate that is not trusted, or is for another name', async () => {
    const { key, cert } = testCertificate();
    const { port } = await startServer({ TLS_KEY_FILE: key, TLS_CERT_FILE: cert });
    const list = async (host: string, env: Record<string, string> = {}) =>
      (await startVigia(env, ['devices', 'list', '--token', 'x', '--url', `https://${host}:${port}`]).ran).stderr;
    expect(await list('127.0.0.1')).toMatch(/The certificate of .* is not accepted \(DEPTH_.*NODE_EXTRA_CA_CERTS/);
    expect(await list('0.0.0.0', { NODE_EXTRA_CA_CERTS: cert })).toMatch(/not accepted \(ERR_TLS_.*Use a name that/);
  });
});
