/**
 * Starts the built server repeatedly in one process. In each attempt, the next step of the start fails, until a start
 * succeeds; that server is then stopped. Prints a line of JSON for each attempt. The process must exit on its own, which
 * shows that nothing is left open.
 */
import { readdir } from 'node:fs/promises';
import pino from 'pino';
import { Lifecycle } from '../../dist/src/compose/lifecycle.js';
import { loadConfig } from '../../dist/src/config.js';
import { startServer } from '../../dist/src/server.js';

const config = loadConfig(process.env);
let failing = 0;
let step = 0;
let running = [];

for (const name of ['start', 'open']) {
  const original = Lifecycle.prototype[name];
  Lifecycle.prototype[name] = async function (opening, close) {
    const part = await opening;
    const number = step++;
    if (number === failing) {
      // A step that fails must leave nothing open.
      if (name === 'open') await close(part);
      else await (opening instanceof Promise ? part.stop() : undefined);
      throw new Error(`step ${number} fails`);
    }
    running.push(number);
    const watched = (stop) => async () => {
      if (running.at(-1) !== number) throw new Error(`step ${number} is stopped while ${running.at(-1)} runs`);
      // Removed before the stop completes, because parts contain other parts.
      running.pop();
      await stop();
    };
    if (name === 'open') return original.call(this, part, () => watched(() => close(part))());
    const { stop } = part;
    part.stop = watched(() => stop?.call(part));
    return original.call(this, part);
  };
}

for (; failing < 50; failing++) {
  step = 0;
  running = [];
  let error;
  const server = await startServer(config, pino({ level: 'silent' }), () => {}).catch((it) => {
    error = it.message;
  });
  const started = step;
  await server?.stop();
  const locks = (await readdir(config.dataDir)).filter((it) => it.startsWith('lock-'));
  console.log(JSON.stringify({ failing, error, started, running, locks }));
  if (server) break;
}
