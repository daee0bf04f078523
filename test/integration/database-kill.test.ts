import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHistory } from '../../src/adapters/database/journal/history.ts';
import { openStateStore } from '../../src/adapters/database/state-store.ts';
import { createLogger } from '../../src/log.ts';
import { killHard } from '../support/child.ts';
import { databases, openTestDatabase, type Place } from '../support/databases.ts';

const WRITER = fileURLToPath(new URL('../support/store-writer.mjs', import.meta.url));
/** In each database; some come so late that much of the journal must be there. The whole: `KILLS=20 npx vitest run …`. */
const KILLS = Number(process.env.KILLS ?? 10);
const LATE = 5;
const LATE_MS = 2500;
const log = createLogger({ logLevel: 'silent', nodeId: 'test' });

interface Said {
  n: number;
  at: number;
}

/** Lets it write until it has reported this many numbers and run for this long, then kills it with SIGKILL. */
async function writeAndDie({ dataDir, databaseUrl }: Place, first: number, count: number, forMs: number) {
  const args = [WRITER, dataDir, String(first), ...(databaseUrl ? [databaseUrl] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const said: Said[] = [];
  const lines = createInterface({ input: child.stdout });
  const closed = once(lines, 'close');
  const enough = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      const [n = Number.NaN, at = Number.NaN] = line.split(' ').map(Number);
      said.push({ n, at });
      if (said.length > count && at - (said[0] as Said).at >= forMs) resolve();
    });
  });
  await Promise.race([enough, closed]);
  const killedAt = Date.now();
  await killHard(child);
  await closed;
  expect(said.length, 'it wrote until it was killed').toBeGreaterThan(count);
  return { last: (said.at(-1) as Said).n, said, killedAt };
}

describe.each(databases)('%s', (_, place) => {
  test(`R4 H5 killed ${KILLS} times during writes: no ending, token or committed version is lost, and at most a second of the journal`, {
    timeout: 180_000,
  }, async () => {
    const at = await place();
    let last = 0;
    for (let round = 1; round <= KILLS; round++) {
      const isLate = round % LATE === 0;
      const run = await writeAndDie(at, last + 1, 1 + (round % 7), isLate ? LATE_MS : 0);
      last = run.last;
      const database = await openTestDatabase(at);
      const store = await openStateStore(database, log);
      expect(store.cleanStart).toBe(false);
      const commands = await database.db
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
      // H5: at most the last second of the journal, and as much for a write on a busy machine.
      const history = createHistory({ db: database.db, journal: { written: async () => {} }, log });
      const safe = run.said.filter(({ at }) => at <= run.killedAt - 2000);
      if (isLate) expect(safe).not.toEqual([]);
      for (const { n, at } of safe.slice(-30)) {
        const past = await history.stateAt(`${n % 10}`, at);
        expect({ n: past?.document, version: past?.version }).toMatchObject({
          n: { n },
          version: Math.floor(n / 10) + 1,
        });
      }
      await database.close();
    }
  });
});
