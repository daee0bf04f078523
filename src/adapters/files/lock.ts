import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { DIRECTORY_MODE } from './file-system.ts';

const PREFIX = 'lock-';
const OWNER = 'owner';
const ANSWER_TIMEOUT_MS = 3_000;

export interface DataDirLock {
  release(): Promise<void>;
}

/**
 * Takes the directory for this process, or rejects with an error that says who has it.
 *
 * The lock is a listening unix socket, which dies with its process however that ends, and which others can ask. Each
 * starter first shows its own socket, `lock-<id>`, and then looks at the others: of two, at least one sees the other,
 * so they never both own it. A socket that refuses connections belongs to the dead; as ids are never used again,
 * anybody may remove it. Of two that start at once, the smaller id goes on and the other leaves.
 */
export async function lockDataDir(dir: string): Promise<DataDirLock> {
  try {
    await mkdir(dir, { recursive: true, mode: DIRECTORY_MODE });
    return await lock(await open(dir, 'r'), dir);
  } catch (error) {
    throw error instanceof LockedError ? error : new LockedError(`Cannot use DATA_DIR ${dir}: ${messageOf(error)}`);
  }
}

/** The directory is another process's, or is nothing that can be locked; the message says which. */
export class LockedError extends Error {
  override name = 'LockedError';
}

async function lock(directory: FileHandle, dir: string): Promise<DataDirLock> {
  // The path of a unix socket has no more than 107 bytes; through the open directory it is always short.
  const base = process.platform === 'linux' ? `/proc/self/fd/${directory.fd}` : dir;
  const own = PREFIX + randomBytes(8).toString('hex');
  const door = createDoor();
  const release = () => leave(door, directory, `${base}/${own}`);
  try {
    // Bound under another name first: whoever sees the final name sees a socket that listens.
    await door.listen(`${base}/.${own}`);
    await rename(`${base}/.${own}`, `${base}/${own}`);
    const others = (await readdir(base)).filter((name) => name.startsWith(PREFIX) && name !== own);
    await Promise.all(others.map((other) => outlast(base, other, own, dir)));
  } catch (error) {
    await release();
    throw error;
  }
  door.own();
  return { release };
}

/** Returns once the other is gone. @throws LockedError if it owns the directory, or goes first */
async function outlast(base: string, other: string, own: string, dir: string): Promise<void> {
  const answer = await ask(`${base}/${other}`, own > other);
  if (answer === 'dead') await rm(`${base}/${other}`, { force: true });
  else if (answer !== 'gone') {
    const who = answer.pid ? `process ${answer.pid}` : 'a process that does not answer';
    throw new LockedError(`DATA_DIR ${dir} is in use by ${who}.`);
  }
}

type Answer = 'dead' | 'gone' | { pid: string | undefined };

/**
 * An owner answers `owner <pid>`. A starter says `starter <pid>`, and later either that it owns, or closes: `gone`.
 * With `impatient`, to start is enough to go first.
 */
function ask(path: string, impatient: boolean): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let said = '';
    const answer = (it: Answer) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(it);
    };
    const pid = () => /(\d+)\n/.exec(said)?.[1];
    const timer = setTimeout(() => answer({ pid: pid() }), ANSWER_TIMEOUT_MS);
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      said = (said + text).slice(0, 100);
      if (said.includes('\n') && (impatient || said.includes(OWNER))) answer({ pid: pid() });
    });
    socket.on('end', () => answer('gone'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (error.code === 'ECONNREFUSED') resolve('dead');
      else if (error.code === 'ENOENT' || error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve('gone');
      else reject(error);
    });
  });
}

interface Door {
  listen(path: string): Promise<void>;
  /** Tells whoever asks that the directory is taken. */
  own(): void;
  close(): Promise<void>;
}

function createDoor(): Door {
  let owned = false;
  const visitors = new Set<Socket>();
  const tell = (visitor: Socket) => visitor.end(`${OWNER} ${process.pid}\n`);
  const server: Server = createServer((visitor) => {
    visitor.on('error', () => {});
    if (owned) {
      tell(visitor);
      return;
    }
    visitors.add(visitor);
    visitor.on('close', () => visitors.delete(visitor));
    visitor.write(`starter ${process.pid}\n`);
  });
  server.maxConnections = 100;
  // A visitor that cannot be let in (no file descriptors left) still sees that somebody is there.
  server.on('error', () => {});
  // To hold the lock is no reason to live.
  server.unref();

  return {
    listen: (path) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(path, () => resolve());
      }),
    own() {
      owned = true;
      for (const visitor of visitors) tell(visitor);
    },
    close: () =>
      new Promise((resolve) => {
        for (const visitor of visitors) visitor.destroy();
        server.close(() => resolve());
      }),
  };
}

async function leave(door: Door, directory: FileHandle, path: string): Promise<void> {
  // First out of sight, then deaf: nobody finds a name that does not answer.
  await rm(path, { force: true }).catch(() => {});
  await door.close();
  await directory.close().catch(() => {});
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
