import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { accessFault, DIRECTORY_MODE } from './file-system.ts';

const PREFIX = 'lock-';
const OWNER = 'owner';
const ANSWER_TIMEOUT_MS = 3_000;

export interface DataDirLock {
  release(): Promise<void>;
}

/**
 * Locks the directory for this process, or rejects with an error that names the owner.
 *
 * The lock is a listening Unix socket: it disappears with its process, however that ends, and other processes can query
 * it. Each starting process first creates its own socket, `lock-<id>`, and then looks at the others. Of two processes,
 * at least one sees the other, so they never both own the directory. A socket that refuses connections belongs to a
 * dead process; since ids are never reused, anyone may remove it. If two start at once, the smaller id continues and
 * the other fails.
 */
export async function lockDataDir(dir: string): Promise<DataDirLock> {
  try {
    await mkdir(dir, { recursive: true, mode: DIRECTORY_MODE });
    return await lock(await open(dir, 'r'), dir);
  } catch (error) {
    if (error instanceof LockedError) throw error;
    throw new LockedError(`DATA_DIR ${await accessFault(dir, error as NodeJS.ErrnoException, dir)}`);
  }
}

/** The directory is locked by another process or cannot be locked; the message explains which. */
export class LockedError extends Error {
  override name = 'LockedError';
}

async function lock(directory: FileHandle, dir: string): Promise<DataDirLock> {
  const base = baseOf(directory, dir);
  const own = PREFIX + randomBytes(8).toString('hex');
  const socket = createLockSocket();
  const release = () => leave(socket, directory, `${base}/${own}`);
  try {
    // Bound under a temporary name first, so that the final name always belongs to a listening socket.
    await socket.listen(`${base}/.${own}`);
    await rename(`${base}/.${own}`, `${base}/${own}`);
    const others = (await readdir(base)).filter((name) => name.startsWith(PREFIX) && name !== own);
    await Promise.all(others.map((other) => waitUntilGone(base, other, own, dir)));
  } catch (error) {
    await release();
    throw error;
  }
  socket.own();
  return { release };
}

/** A Unix socket path is limited to 107 bytes; through the open directory it is always short. */
const baseOf = (directory: FileHandle, dir: string): string =>
  process.platform === 'linux' ? `/proc/self/fd/${directory.fd}` : dir;

/**
 * Returns once the other process is gone.
 * @throws LockedError if it owns the directory or takes precedence
 */
async function waitUntilGone(base: string, other: string, own: string, dir: string): Promise<void> {
  const answer = await ask(`${base}/${other}`, own > other);
  if (answer === 'dead') await rm(`${base}/${other}`, { force: true });
  else if (answer !== 'gone') {
    const who = answer.pid ? `process ${answer.pid}` : 'a process that does not respond';
    throw new LockedError(`DATA_DIR ${dir} is in use by ${who}. Stop it first, or use another DATA_DIR.`);
  }
}

/** The process that uses the directory, if one does. */
export async function lockOwner(dir: string): Promise<string | undefined> {
  const directory = await open(dir, 'r');
  try {
    const base = baseOf(directory, dir);
    for (const name of (await readdir(base)).filter((it) => it.startsWith(PREFIX))) {
      const answer = await ask(`${base}/${name}`, true);
      if (typeof answer === 'object') return answer.pid;
    }
    return undefined;
  } finally {
    await directory.close();
  }
}

type Answer = 'dead' | 'gone' | { pid: string | undefined };

/**
 * Queries another process. An owner answers `owner <pid>`. A starting process answers `starter <pid>`, and later either
 * becomes the owner or closes its socket (`gone`). With `impatient`, a starting process takes precedence at once.
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

interface LockSocket {
  listen(path: string): Promise<void>;
  /** From now on, answers queries as the owner. */
  own(): void;
  close(): Promise<void>;
}

function createLockSocket(): LockSocket {
  let owned = false;
  const clients = new Set<Socket>();
  const respond = (client: Socket) => client.end(`${OWNER} ${process.pid}\n`);
  const server: Server = createServer((client) => {
    client.on('error', () => {});
    if (owned) {
      respond(client);
      return;
    }
    clients.add(client);
    client.on('close', () => clients.delete(client));
    client.write(`starter ${process.pid}\n`);
  });
  server.maxConnections = 100;
  // Even if a connection cannot be accepted (no file descriptors left), the other process sees that the socket is
  // alive.
  server.on('error', () => {});
  // The lock alone must not keep the process running.
  server.unref();

  return {
    listen: (path) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(path, () => resolve());
      }),
    own() {
      owned = true;
      for (const client of clients) respond(client);
    },
    close: () =>
      new Promise((resolve) => {
        for (const client of clients) client.destroy();
        server.close(() => resolve());
      }),
  };
}

async function leave(socket: LockSocket, directory: FileHandle, path: string): Promise<void> {
  // The name is removed before the socket closes, so that nobody finds a name that does not answer.
  await rm(path, { force: true }).catch(() => {});
  await socket.close();
  await directory.close().catch(() => {});
}
