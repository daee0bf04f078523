import { connect } from 'node:net';
import type { Random } from './random.ts';

/** The server under attack. */
export interface Target {
  url: string;
  port: number;
  adminToken: string;
  playerToken: string;
}

/** Attacks until told to stop, and returns the number of attempts. */
export type Fuzzer = (target: Target, random: Random, goesOn: () => boolean) => Promise<number>;

/** Sends these chunks, and resolves with the response once nothing more arrives. */
export function sendRaw({ port }: Target, pieces: readonly Buffer[], restMs = 30): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    const done = () => {
      socket.destroy();
      resolve(text);
    };
    socket.on('data', (data) => {
      text += data.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', done);
    socket.setTimeout(restMs, done);
    socket.on('connect', async () => {
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(piece);
        if (pieces.length > 1) await new Promise(setImmediate);
      }
    });
  });
}

/** Runs this many concurrently until the end. */
export async function concurrently(at: number, goesOn: () => boolean, once: () => Promise<unknown>): Promise<number> {
  let count = 0;
  await Promise.all(
    Array.from({ length: at }, async () => {
      for (; goesOn(); count++) await once();
    }),
  );
  return count;
}

/** (505: µWS knows no HTTP/1.0.) What goes to others never shows a fault of the server's own, or where in the code it comes from. */
export function refuseFault(answer: string, what: string): void {
  if (/\n\s+at |node_modules|dist\/src/.test(answer)) throw new Error(`${what} was answered with a stack: ${answer}`);
  if (/^HTTP\/1\.1 5(?!03|05)/.test(answer)) throw new Error(`${what} was answered ${answer.slice(0, 300)}`);
}
