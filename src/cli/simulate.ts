import { onStopSignals } from '../adapters/stop-signals.ts';
import { environmentValue } from '../environment.ts';
import { readSavedTokens } from './secrets.ts';
import { HELP, parseCommandLine, UsageError } from './simulate-options.ts';
import type { SimulatorStats } from './simulator/options.ts';
import { startSimulator } from './simulator/simulator.ts';

const STATUS_MS = 5000;

const commandLine = readCommandLine();
const dataDir = process.env.DATA_DIR?.trim() || './data';
const token =
  commandLine.token ??
  (environmentValue(process.env, 'PLAYER_TOKEN')?.split(',')[0]?.trim() ||
    (await readSavedTokens(dataDir)).playerToken);
if (!token) {
  exitWith(
    `There is no player token: give --token, set PLAYER_TOKEN, or set DATA_DIR to the server's (now ${dataDir}).`,
  );
}

const { url, devices, rate, generation } = commandLine;
const simulator = startSimulator({ ...commandLine, token });
const kind = {
  mixed: 'of both generations and of the library',
  library: 'of the library',
  first: 'of the first generation',
  second: 'of the second generation',
}[generation];
const pace =
  rate === 0 || generation === 'second'
    ? 'reporting when asked'
    : rate === undefined
      ? 'reporting every 30 s'
      : `${rate} reports/s`;
console.log(`${devices} players ${kind} → ${url}, ${pace}`);

let last = simulator.stats();
const status = setInterval(() => {
  const now = simulator.stats();
  console.log(statusLine(now, last));
  last = now;
}, STATUS_MS);

onStopSignals(
  ['SIGINT', 'SIGTERM'],
  () => {
    clearInterval(status);
    void simulator.stop().then(() => process.exit(0));
  },
  () => process.exit(1),
);

function statusLine(now: SimulatorStats, before: SimulatorStats): string {
  const perSecond = ((now.reports - before.reports) * 1000) / STATUS_MS;
  const errors = now.errors - before.errors;
  const parts = [
    `${now.connected}/${now.devices} connected`,
    `${perSecond.toFixed(1)} reports/s`,
    `${now.answered}/${now.commands} commands answered`,
    `${now.errors} errors`,
  ];
  if (now.refused > 0) parts.push(`${now.refused} refused for good`);
  if (now.gaveUp > 0) parts.push(`${now.gaveUp} gave up`);
  const nobody = now.connected === 0 && now.refused === 0 && now.gaveUp === 0;
  if (nobody && errors > 0) parts.push(`no server answers at ${url} (${now.lastError}); they keep trying`);
  else if (errors > 0) parts.push(`last: ${now.lastError}`);
  return parts.join('  ');
}

function readCommandLine() {
  try {
    const parsed = parseCommandLine(process.argv.slice(2));
    if (parsed) return parsed;
    process.stdout.write(HELP);
    process.exit(0);
  } catch (error) {
    if (error instanceof UsageError) exitWith(`${error.message}\n(--help lists all options)`);
    throw error;
  }
}

function exitWith(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
