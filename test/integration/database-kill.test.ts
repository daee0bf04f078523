import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openStateStore } from '../../src/adapters/database/state-store.ts';
import { createLogger } from '../../src/log.ts';
import { killHard } from '../support/child.ts';
import { homes, openTestHome, type Place } from '../support/homes.ts';

const WRITER = fileURLToPath(new URL('../support/store-writer.mjs', import.meta.url));
/** In each home. */
const KILLS = 20;
const log = createLogger({ logLevel: 'silent', nodeId: 'test' });

/** Lets it write until it has said so many numbers, then kills it as the kernel does. Returns the last one said. */
async function writeAndDie({ dataDir, databaseUrl }: Place, first: number, count: number): Promise<number> {
  const args = [WRITER, dataDir, String(first), ...(databaseUrl ? [databaseUrl] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let last = 0;
  const lines = createInterface({ input: child.stdout });
  const closed = once(lines, 'close');
  const enough = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      last = Number(line);
      if (last >= first + count) resolve();
    });
  });
  await Promise.race([enough, closed]);
  await killHard(child);
  await closed;
  expect(last, 'it wrote until it was killed').toBeGreaterThanOrEqual(first + count);
  return last;
}

describe.each(homes)('%s', (_, place) => {
  test(`R4 killed ${KILLS} times with writes in flight: no ending, no token, no version that was said to be safe is lost`, {
    timeout: 120_000,
  }, async () => {
    const at = await place();
    let last = 0;
    for (let round = 1; round <= KILLS; round++) {
      last = await writeAndDie(at, last + 1, 1 + (round % 7));
      const home = await openTestHome(at);
      const store = await openStateStore(home, log);
      expect(store.cleanStart).toBe(false);
      const commands = await home.db
        .selectFrom('commands')
        .select('command_id')
        .where('ended_at', 'is not', null)
        .execute();
      const endings = new Set(commands.map(({ command_id }) => command_id));
      const tokens = await store.load('device-tokens');
      const missing = Array.from({ length: last }, (_, i) => i + 1).filter(
        (n) => !endings.has(`c-${n}`) || !tokens.has(`d-${n}`),
      );
      expect(missing).toEqual([]);
      const devices = await store.load<{ version: number }>('devices');
      for (let n = Math.max(1, last - 9); n <= last; n++) {
        expect(devices.get(`${n % 10}`)?.version).toBeGreaterThanOrEqual(n);
      }
      await home.close();
    }
  });
});
