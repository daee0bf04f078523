import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const ANSWER_WAIT_MS = 3000;
const PICTURE_WAIT_MS = 5000;
const EFFECT_WAIT_MS = 2000;

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
    /** VLC takes this without a word, and forgets it, while no film is on the screen: only what is seen counts. */
    async fullscreen() {
      const before = Boolean((await ask()).fullscreen);
      await ask('fullscreen');
      for (const until = Date.now() + EFFECT_WAIT_MS; Date.now() < until; await delay(50)) {
        if (Boolean((await ask()).fullscreen) !== before) return;
      }
      throw new Error('VLC did not change: is anything playing?');
    },

    /** What is on the screen, as PNG. */
    async snapshot() {
      const known = new Set(await pictures());
      let askedAt = 0;
      for (const until = Date.now() + PICTURE_WAIT_MS; Date.now() < until; await delay(50)) {
        // Forgotten, too, while no film is on the screen yet.
        if (Date.now() - askedAt > 1000) {
          await ask('snapshot');
          askedAt = Date.now();
        }
        const name = (await pictures()).find((it) => !known.has(it));
        if (!name) continue;
        const file = join(snapshotDir, name);
        const picture = await readFile(file);
        // VLC makes the file first, and fills it then.
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
