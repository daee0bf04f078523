import { parseArgs } from 'node:util';
import { sleep, startLoad, startVigia, tokens } from './processes.ts';
import { makeTrouble } from './worst-players.ts';

/**
 * `npm run bench:neighbours [-- --rounds N --devices N]`: the command round trip of well-behaved devices, with and
 * without the ten worst players, in interleaved pairs. Goal: p99 with them ≤ 1.5 × p99 without (medians), and no
 * well-behaved device lost.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string' }, devices: { type: 'string' } } });
const rounds = Number(values.rounds ?? 5);
const devices = Number(values.devices ?? 300);
const TIMES = 300;

async function measure(withTrouble: boolean): Promise<{ p50: number; p99: number; lost: number }> {
  const target = await startVigia();
  const load = await startLoad({ url: target.url, devices, rate: 100, admins: 1, encoding: 'deflate', ...tokens });
  await sleep(4000);
  const trouble = withTrouble ? makeTrouble(target.url, tokens.playerToken) : undefined;
  await sleep(5000);
  const sorted = (await load.command(TIMES)).sort((a, b) => a - b);
  const online = await honestOnline(target.url);
  trouble?.stop();
  await load.stop();
  await target.stop();
  const at = (share: number) => sorted[Math.floor(TIMES * share)] as number;
  return { p50: at(0.5), p99: at(0.99), lost: devices - online };
}

async function honestOnline(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^vigia_devices\{status="online"\} (\d+)/m.exec(metrics)?.[1]);
}

const median = (all: number[]) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)] as number;
const runs = { without: [] as number[], with: [] as number[] };
for (let round = 1; round <= rounds; round++) {
  for (const kind of ['without', 'with'] as const) {
    const { p50, p99, lost } = await measure(kind === 'with');
    runs[kind].push(p99);
    process.stdout.write(
      `${round} ${kind.padEnd(8)} p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, lost ${Math.max(0, lost)}\n`,
    );
  }
}
const [alone, together] = [median(runs.without), median(runs.with)];
process.stdout.write(
  `p99 without ${alone.toFixed(1)} ms, with ${together.toFixed(1)} ms: ${(together / alone).toFixed(2)} ×\n`,
);
process.exit(together <= alone * 1.5 ? 0 : 1);
