import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const ANSWER_WAIT_MS = 3000;
const PICTURE_WAIT_MS = 3000;

/**
 * VLC over its HTTP interface.
 * @param {{ url: string, password: string, snapshotDir: string }} options `snapshotDir` is VLC's `--snapshot-path`
 */
export function openVlc({ url, password, snapshotDir }) {
  const authorization = `Basic ${Buffer.from(`:${password}`).toString('base64')}`;

  /** Sends a command, if there is one, and resolves with VLC's status. */
  async function ask(command, parameters = {}) {
    const query = new URLSearchParams(command ? { command, ...parameters } : {});
    const response = await fetch(`${url}/requests/status.json?${query}`, {
      headers: { authorization },
      signal: AbortSignal.timeout(ANSWER_WAIT_MS),
    });
    if (!response.ok) throw new Error(`VLC answers ${response.status}`);
    return response.json();
  }

  const pictures = async () => (await readdir(snapshotDir)).filter((name) => name.endsWith('.png'));

  return {
    /** Goes on, or plays a file or address. */
    play: (uri) => (uri === undefined ? ask('pl_play') : ask('in_play', { input: uri })),
    pause: () => ask('pl_pause'),
    stop: () => ask('pl_stop'),
    fullscreen: () => ask('fullscreen'),

    /** What is on the screen, as PNG. */
    async snapshot() {
      const known = new Set(await pictures());
      await ask('snapshot');
      for (const until = Date.now() + PICTURE_WAIT_MS; Date.now() < until; await delay(50)) {
        const name = (await pictures()).find((it) => !known.has(it));
        const file = name && join(snapshotDir, name);
        // VLC makes the file first, and fills it then.
        if (!file || (await stat(file)).size === 0) continue;
        const picture = await readFile(file);
        if (!picture.subarray(-8).includes('IEND')) continue;
        await rm(file);
        return new Uint8Array(picture);
      }
      throw new Error('VLC took no picture: is anything playing?');
    },

    /** The `vlc` section of a player's state. */
    async state() {
      const { state, fullscreen, time, length, position, volume, rate, loop, repeat, random, information } =
        await ask();
      return {
        state,
        // VLC says 0 and 1 before it has been fullscreen, and false and true after.
        fullscreen: Boolean(fullscreen),
        time: Math.max(0, time),
        length: Math.max(0, length),
        position,
        volume,
        rate,
        loop,
        repeat,
        random,
        filename: information?.category?.meta?.filename ?? null,
      };
    },
  };
}
