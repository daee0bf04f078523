import {
  chmod,
  chown,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from './file-system.ts';

/**
 * Moves a file, or a folder. A folder that is a mount point cannot be renamed: then what is in it moves, to another disk
 * by copying it. If the process ends on the way, a second call goes on.
 */
export async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EBUSY' && code !== 'EXDEV') throw error;
    if ((await stat(from)).isDirectory()) await moveContent(from, to);
    else await moveToOtherDisk(from, to);
  }
}

async function moveContent(from: string, to: string): Promise<void> {
  // A folder that exists, such as the root of a disk, keeps its owner.
  if (await mkdir(to, { recursive: true })) await takeOwner(from, to);
  for (const name of await readdir(from)) {
    // At the root of a disk; it belongs to the file system.
    if (name === 'lost+found') continue;
    const [source, target] = [join(from, name), join(to, name)];
    if (!(await stat(source)).isDirectory()) await move(source, target);
    else {
      await moveContent(source, target);
      await rmdir(source);
    }
  }
  await syncDirectory(to);
}

async function moveToOtherDisk(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  await takeOwner(from, to);
  const copy = await open(to, 'r');
  await copy.sync();
  await copy.close();
  await rm(from);
}

async function takeOwner(from: string, to: string): Promise<void> {
  const { mode, uid, gid } = await stat(from);
  await chmod(to, mode);
  if (process.getuid?.() === 0) await chown(to, uid, gid);
}

/** Those of the names in the directory that are mount points. None where the system does not tell. */
export async function mountedIn(directory: string, names: readonly string[]): Promise<string[]> {
  const lines = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const unescaped = (path: string) =>
    path.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
  const mounted = new Set(lines.split('\n').map((line) => unescaped(line.split(' ')[4] ?? '')));
  const place = await realpath(directory);
  return names.filter((name) => mounted.has(join(place, name)));
}
