import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux assigns by itself: other tests' servers (port 0) and outgoing connections never take one
 * of these in the time until it is used. Each of Vitest's workers has ports of its own, and uses them in turn, so that
 * no other test takes one in that time either.
 */
const FIRST = 10_000;
const PORTS_A_WORKER = 2000;
const WORKERS = 11;

const first = FIRST + (Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS) * PORTS_A_WORKER;
/** At random, because servers of the worker's last test may be about to end. */
let next = randomInt(PORTS_A_WORKER);

/** A free port on the loopback interface. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = first + (next++ % PORTS_A_WORKER);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
