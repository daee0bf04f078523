import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

// `npm run fuzz -- --seconds N --seed S`: N seconds on each host with each database.
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '120' }, seed: { type: 'string', default: String(Date.now() % 1e6) } },
});
const { status } = spawnSync('npx', ['vitest', 'run', 'test/integration/fuzz.test.ts'], {
  env: { ...process.env, FUZZ_SECONDS: values.seconds, FUZZ_SEED: values.seed },
  stdio: 'inherit',
});
process.exit(status ?? 1);
