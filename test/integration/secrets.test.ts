import { chmod, chown, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hash } from '../../src/access/tokens.ts';
import { loadSecrets } from '../../src/adapters/files/secrets.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test('tokens are generated on the first start, and stored in DATA_DIR', async () => {
  const dir = await temporaryDirectory();
  const first = await loadSecrets(dir, {});
  expect(first.generated).toEqual({
    adminToken: expect.stringMatching(/^va_[A-Za-z0-9_-]{43}$/),
    playerToken: expect.stringMatching(/^vp_[A-Za-z0-9_-]{43}$/),
  });
  expect(first).toMatchObject(first.generated);
  expect(first.adminTokenHash).toBe(hash(first.adminToken));
  expect(first.playerTokens).toEqual([first.playerToken]);

  expect(await loadSecrets(dir, {})).toEqual({ ...first, generated: {} });
  expect(JSON.parse(await readFile(join(dir, 'secrets.json'), 'utf8'))).toEqual(first.generated);
});

test('the file is accessible to the owner only, and made so again', async () => {
  const dir = await temporaryDirectory();
  const path = join(dir, 'secrets.json');
  await loadSecrets(dir, {});
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await chmod(path, 0o644);
  await loadSecrets(dir, {});
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(dir)).toEqual(['secrets.json']);
});

test('a configured token wins, and is never written', async () => {
  const dir = await temporaryDirectory();
  const { generated } = await loadSecrets(dir, { adminToken: 'configured' });
  expect(generated).toEqual({ playerToken: expect.any(String) });
  expect(await readFile(join(dir, 'secrets.json'), 'utf8')).not.toContain('configured');

  const both = await loadSecrets(dir, { adminToken: 'configured', playerToken: 'configured too' });
  expect(both).toMatchObject({ adminToken: 'configured', playerToken: 'configured too', generated: {} });

  const later = await loadSecrets(dir, {});
  expect(later.generated).toEqual({ adminToken: expect.any(String) });
  expect(later.playerToken).toBe(generated.playerToken);
});

test('if both are configured nothing is written', async () => {
  const dir = await temporaryDirectory();
  await loadSecrets(dir, { adminToken: 'a', playerToken: 'b' });
  expect(await readdir(dir)).toEqual([]);
});

test('a damaged file is not replaced silently, and its content is not shown', async () => {
  const dir = await temporaryDirectory();
  const path = join(dir, 'secrets.json');
  await writeFile(path, '{"adminToken": hunter2');
  await expect(loadSecrets(dir, {})).rejects.toThrow(`${path} cannot be read`);
  await expect(loadSecrets(dir, {})).rejects.not.toThrow('hunter2');
  expect(await readFile(path, 'utf8')).toContain('hunter2');
});

// Only root can become another user.
test.skipIf(process.getuid?.() !== 0)('B5 a file of another user is told as such, with the remedy', async () => {
  const dir = await temporaryDirectory();
  const path = join(dir, 'secrets.json');
  await loadSecrets(dir, {});
  const [nobody, root] = [65_534, 0];
  await chown(dir, nobody, nobody);
  process.seteuid?.(nobody);
  const failed = await loadSecrets(dir, {}).catch((error: Error) => error.message);
  process.seteuid?.(root);
  expect(failed).toContain(`${path} cannot be used (EACCES): it belongs to root, and this process runs as `);
  expect(failed).toContain(`chown -R ${nobody} ${dir}`);
});
