import { access, constants, open, rename, rm, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';

/** Permissions for the owner only. */
export const FILE_MODE = 0o600;
export const DIRECTORY_MODE = 0o700;

/** Replaces a file atomically: after a crash, it has either the old or the new content. */
export async function writeFileAtomic(directory: string, name: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${directory}/${name}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w', FILE_MODE);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, `${directory}/${name}`);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}

/** Makes added and removed directory entries survive a power failure. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** Also where SQLite cannot enlarge its index in shared memory, which is a file beside the database. */
export function isDiskFull(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return /ENOSPC|SQLITE_FULL|SQLITE_IOERR_SHMSIZE|disk is full/.test(`${code} ${message}`);
}

/** Why a file or directory cannot be used, and what to do: files of another user are the usual reason. */
export async function accessFault(
  path: string,
  { code, message }: NodeJS.ErrnoException,
  tree = dirname(path),
): Promise<string> {
  if (code !== 'EACCES' && code !== 'EPERM') return `${path} cannot be used: ${message}`;
  const owner = await ownerOf(path);
  const me = process.geteuid?.();
  const who = `this process runs as ${nameOf(me)}`;
  if (owner === undefined || owner === me) return `${path} cannot be used (${code}): ${who}. Check its permissions.`;
  return (
    `${path} cannot be used (${code}): it belongs to ${nameOf(owner)}, and ${who}. ` +
    `If ${nameOf(me)} is the server's user: chown -R ${me} ${tree}. Otherwise run this as ${nameOf(owner)}.`
  );
}

/** The user id of the owner; undefined if even that cannot be read. */
async function ownerOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ uid }) => uid,
    () => undefined,
  );
}

/** The first of these files that exists and that this process may not both read and write, with the reason. */
export async function firstAccessFault(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    try {
      await access(path, constants.R_OK | constants.W_OK);
    } catch (error) {
      if (!isMissing(error)) return accessFault(path, error as NodeJS.ErrnoException);
    }
  }
  return undefined;
}

/** This process's user by name, others by number: Node cannot look them up. */
function nameOf(uid: number | undefined): string {
  if (uid === 0) return 'root';
  try {
    const { uid: own, username } = userInfo();
    if (own === uid) return username;
  } catch {
    // A container's user may have no name.
  }
  return `user ${uid}`;
}
