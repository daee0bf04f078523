import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onStopSignals } from '../adapters/stop-signals.ts';
import { environmentValue } from '../environment.ts';
import { freePort } from './free-port.ts';
import { readSavedTokens, type SavedTokens } from './secrets.ts';
import { demoFleet, demoLabels } from './simulator/demo-fleet.ts';
import { defaultOptions } from './simulator/options.ts';
import { type Simulator, startSimulator } from './simulator/simulator.ts';

const START_WAIT_MS = 30_000;
const POLL_MS = 100;
const ANSWER_WAIT_MS = 2000;

const fromEnv = (name: string, otherwise: string) => process.env[name]?.trim() || otherwise;
const env = {
  ...process.env,
  PORT: fromEnv('PORT', '3001'),
  HOST: fromEnv('HOST', '0.0.0.0'),
  DATA_DIR: fromEnv('DATA_DIR', './data/demo'),
  // Keeps the terminal for the demo's own output, except for warnings.
  LOG_LEVEL: fromEnv('LOG_LEVEL', 'warn'),
  // Shorter than in production, so that changes are visible.
  STATE_INTERVAL_MS: fromEnv('STATE_INTERVAL_MS', '5000'),
  // The demo's players use the fleet's token and plain HTTP.
  DEVICE_AUTH: '',
  TLS_KEY_FILE: '',
  TLS_CERT_FILE: '',
};
if (env.PORT === '0') env.PORT = String(await freePort());
const address = /^(0\.0\.0\.0|::)$/.test(env.HOST) ? 'localhost' : env.HOST.includes(':') ? `[${env.HOST}]` : env.HOST;
const url = `http://${address}:${env.PORT}`;

let players: Simulator | undefined;
let stopping = false;

// A process that already listens there must not be taken for our server, which will report this and exit.
const isTaken = (await statusOf('/healthz')) !== undefined;
const server = startServer();
const ended = once(server, 'close').then(() => onServerEnd());
onStopSignals(
  ['SIGINT', 'SIGTERM', 'SIGHUP'],
  () => void stop(),
  () => process.exit(1),
);
process.on('exit', () => server.kill('SIGTERM'));

let startMessages = '';
server.stderr?.setEncoding('utf8').on('data', (text: string) => {
  if (players) process.stderr.write(text);
  else startMessages += text;
});

if (!isTaken && (await isReady())) await show();
else {
  if (!isTaken && !stopping && server.exitCode === null) {
    process.stderr.write('The server did not become ready in time.\n');
    server.kill('SIGTERM');
  }
  await ended;
}

async function show(): Promise<void> {
  const saved = await readSavedTokens(env.DATA_DIR);
  if (stopping) return;
  const adminToken = environmentValue(env, 'ADMIN_TOKEN') ?? saved.adminToken ?? '';
  const [playerToken = ''] = (environmentValue(env, 'PLAYER_TOKEN') ?? saved.playerToken ?? '').split(',');
  printStartMessages({ adminToken, playerToken });
  players = startSimulator({
    ...defaultOptions,
    url,
    token: playerToken,
    devices: demoFleet.length,
    cast: demoFleet,
    // 30 s in the field, which is too long for a demo.
    measureEveryMs: 5000,
    drop: 0.04,
    pictures: true,
  });
  process.stdout.write(`
  vigia: a server and ${demoLabels.size} simulated players

    Console       ${url}/
    Sign in with  ${adminToken}

    Player token  ${playerToken}
    REST          ${url}/api/docs
    Data          ${env.DATA_DIR}

  Ctrl-C stops everything.

`);
  await labelDevices(adminToken);
}

/** Sets labels once the devices have registered. */
async function labelDevices(adminToken: string): Promise<void> {
  for (const [deviceId, labels] of demoLabels) {
    const label = () =>
      fetch(`${url}/api/v1/devices/${deviceId}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ labels }),
      }).catch(() => undefined);
    while (!stopping && (await label())?.status === 404) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Prints the server's start messages, except for the tokens, which the demo prints itself. */
function printStartMessages(tokens: SavedTokens): void {
  const known = Object.values(tokens).filter((token) => token !== '');
  const rest = startMessages.split('\n').filter((line) => line.trim() && !known.some((token) => line.includes(token)));
  if (rest.length > 0) process.stderr.write(`${rest.join('\n')}\n`);
}

/** The compiled server, or its source if this runs from source. */
function startServer(): ChildProcess {
  const main = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../main.ts' : '../main.js', import.meta.url));
  // A process group of its own: Ctrl-C then reaches it once, through us, after the players.
  return spawn(process.execPath, [...process.execArgv, main], {
    env,
    detached: true,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
}

async function isReady(): Promise<boolean> {
  const until = Date.now() + START_WAIT_MS;
  while (Date.now() < until && server.exitCode === null && server.signalCode === null && !stopping) {
    if ((await statusOf('/readyz')) === 200) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

/** Undefined if nothing answers. */
async function statusOf(path: string): Promise<number | undefined> {
  const response = await fetch(url + path, { signal: AbortSignal.timeout(ANSWER_WAIT_MS) }).catch(() => undefined);
  await response?.body?.cancel();
  return response?.status;
}

async function stop(): Promise<void> {
  stopping = true;
  await players?.stop();
  server.kill('SIGTERM');
  await ended;
  process.exit(0);
}

/** Called when the server exits by itself; its own output says why. */
async function onServerEnd(): Promise<void> {
  if (stopping) return;
  stopping = true;
  if (!players) process.stderr.write(startMessages);
  await players?.stop();
  process.exit(1);
}
