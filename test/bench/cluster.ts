import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { startPostgres } from '../support/postgres.ts';
import { runRedis } from '../support/redis-server.ts';
import { sleep, startLoad, startVigia, tokens, usage } from './processes.ts';

/**
 * `npm run bench:cluster`: applies the same load to a single instance, and to clusters of 1, 2 and 3 instances, with
 * players distributed evenly and one admin at the first. Only the ratios matter: all share the machine with Redis,
 * PostgreSQL and the load generator.
 */
const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '1500' },
    rate: { type: 'string', default: '900' },
    seconds: { type: 'string', default: '10' },
  },
});
const [devices, rate, seconds] = [Number(values.devices), Number(values.rate), Number(values.seconds)];

interface Figures {
  name: string;
  /** CPU microseconds per report: of all instances, of the busiest one, of Redis. */
  cpu: number;
  busiest: number;
  redisCpu: number;
  /** Bytes per report into and out of Redis. */
  redisIn: number;
  redisOut: number;
}

const postgres = await startPostgres();
const redis = await runRedis();
const client = new Redis(redis.url);
try {
  const rows: Figures[] = [await measure('alone', 1, {})];
  for (const count of [1, 2, 3]) {
    await client.flushall();
    const shared = { REDIS_URL: redis.url, DATABASE_URL: await postgres.createDatabase() };
    rows.push(await measure(`${count} × cluster`, count, shared));
  }
  process.stdout.write(
    `${table(rows)}\n\n${devices} devices, ${rate} reports/s in total, one in five with a material change\n`,
  );
} finally {
  client.disconnect();
  await redis.remove();
  await postgres.remove();
}

async function measure(name: string, count: number, env: Record<string, string>): Promise<Figures> {
  const targets = await Promise.all(
    Array.from({ length: count }, (_, i) => startVigia([], { ...env, NODE_ID: `n${i + 1}` })),
  );
  const loads = await Promise.all(
    targets.map(({ url }, i) =>
      startLoad({
        url,
        devices: devices / count,
        from: (i * devices) / count,
        rate: rate / count,
        admins: i === 0 ? 1 : 0,
        encoding: 'deflate',
        ...tokens,
      }),
    ),
  );
  await sleep(3000);
  const look = async () => ({
    cpu: targets.map(({ pid }) => usage(pid).cpuMicros),
    reports: (await Promise.all(targets.map((it) => it.processed()))).reduce((sum, it) => sum + it, 0),
    redis: await redisFigures(),
  });
  const before = await look();
  await sleep(seconds * 1000);
  const after = await look();
  await Promise.all(loads.map((it) => it.stop()));
  await Promise.all(targets.map((it) => it.stop()));
  const reports = after.reports - before.reports;
  const cpu = after.cpu.map((it, i) => (it - (before.cpu[i] as number)) / reports);
  const of = (key: keyof typeof after.redis) => (after.redis[key] - before.redis[key]) / reports;
  return {
    name,
    cpu: cpu.reduce((sum, it) => sum + it, 0),
    busiest: Math.max(...cpu),
    redisCpu: of('cpu'),
    redisIn: of('in'),
    redisOut: of('out'),
  };
}

async function redisFigures(): Promise<{ cpu: number; in: number; out: number }> {
  const info = await client.info();
  const figure = (key: string) => Number(new RegExp(`^${key}:([\\d.]+)`, 'm').exec(info)?.[1] ?? 0);
  return {
    cpu: (figure('used_cpu_sys') + figure('used_cpu_user')) * 1e6,
    in: figure('total_net_input_bytes'),
    out: figure('total_net_output_bytes'),
  };
}

function table(rows: readonly Figures[]): string {
  const alone = (rows[0] as Figures).cpu;
  return [
    '| | CPU a report, all (µs) | ÷ alone | busiest instance (µs) | Redis (µs) | into Redis (bytes) | out of Redis (bytes) |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...rows.map(
      (it) =>
        `| ${it.name} | ${it.cpu.toFixed(0)} | ${(it.cpu / alone).toFixed(2)} | ${it.busiest.toFixed(0)} | ${it.redisCpu.toFixed(0)} | ${it.redisIn.toFixed(0)} | ${it.redisOut.toFixed(0)} |`,
    ),
  ].join('\n');
}
