import { resolve } from 'node:path';
import { DatabaseError } from './adapters/database/errors.ts';
import { LockedError } from './adapters/files/lock.ts';
import { SECRETS_FILE, type Secrets, SecretsError } from './adapters/files/secrets.ts';
import { compactSparseHeap } from './adapters/heap.ts';
import { RedisError } from './adapters/redis/redis.ts';
import { createSystemd } from './adapters/systemd.ts';
import { startTelemetry } from './adapters/telemetry.ts';
import { NodeIdError } from './cluster/membership.ts';
import { ConfigError, loadConfig, misspeltVariables } from './config.ts';
import { createLogger } from './log.ts';
import { type RunningServer, startServer } from './server.ts';
import { readVersion } from './version.ts';

/** Faults of the environment: they take one line. */
const FAULTS = [ConfigError, LockedError, SecretsError, DatabaseError, RedisError, NodeIdError];

const PORT_REMEDIES: Record<string, string> = {
  EACCES: 'Ports below 1024 need the capability CAP_NET_BIND_SERVICE, or a proxy.',
  EADDRNOTAVAIL: 'HOST must be an address of this machine.',
};

const config = orExit(() => loadConfig(process.env));
const log = createLogger(config);
for (const { name, nearest } of misspeltVariables(process.env))
  log.warn({ variable: name, nearest }, `${name} is not a variable of vigia and is ignored; did you mean ${nearest}?`);

compactSparseHeap();
const systemd = createSystemd(process.env, log);
let server: RunningServer | undefined;
// An unexpected error during the start ends the process; later it is only reported.
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error) => (server ? server.failed(error) : exitOn(error)));
const telemetry = startTelemetry(process.env, { version: readVersion(), node: config.nodeId }, log);
const started = telemetry.then(() => startServer(config, log, showOnce));
// A closed terminal sends it, too: it must never end the process.
process.on('SIGHUP', () => void reload());
// Not awaited: `main.ts` can stop what has not started yet.
started.then((it) => {
  server = it;
  systemd.ready();
}, exitOn);

/** Stops the server and ends the process. */
export function stop(): void {
  void drain().catch(exitOn);
}

/** Prints generated tokens on a terminal. Elsewhere the output is kept by others, so it only says where they are. */
function showOnce({ adminToken, playerToken }: Secrets['generated']): void {
  if (!adminToken && !playerToken) return;
  const file = resolve(config.dataDir, SECRETS_FILE);
  if (!process.stdout.isTTY || !process.stderr.isTTY) {
    const names = [adminToken && 'ADMIN_TOKEN', playerToken && 'PLAYER_TOKEN'].filter(Boolean).join(' and ');
    // A warning, so that it is seen at any LOG_LEVEL that is in use.
    log.warn({ file }, `${names} generated; this file, which only its owner can read, holds them: ${file}`);
    return;
  }
  if (adminToken) process.stderr.write(`\n  Admin token (shown once, kept in ${file}):   ${adminToken}\n`);
  if (playerToken) process.stderr.write(`  Player token (shown once, kept in ${file}):  ${playerToken}\n\n`);
}

/** Reads again what the environment names: tokens, certificate, log level. If anything is wrong, all stays as it was. */
async function reload(): Promise<void> {
  try {
    const running = await started;
    const changed = loadConfig(process.env);
    await running.reload(changed);
    const later = (['databaseUrl', 'redisUrl', 'alertmanagerUrl', 'alertWebhookUrl'] as const).filter(
      (name) => changed[name] !== config[name],
    );
    log.info({ ...(later.length > 0 && { atTheNextStart: later }) }, 'reloaded: tokens, certificate and log level');
  } catch (error) {
    log.error(error instanceof ConfigError ? { reason: error.message } : { err: error }, 'nothing was reloaded');
  }
}

/** Stops within DRAIN_MS, even if not everything has finished. */
async function drain(): Promise<void> {
  setTimeout(() => {
    log.error('did not finish in time');
    process.exit(0);
  }, config.drainMs);
  systemd.stopping();
  await server?.stop();
  await (await telemetry)();
  process.exit(0);
}

function orExit<T>(fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    return exitOn(error);
  }
}

/** Faults of the environment take one message; others are bugs and include the stack. */
function exitOn(error: unknown): never {
  const { code, message, stack, syscall } = error as NodeJS.ErrnoException;
  if (FAULTS.some((Fault) => error instanceof Fault)) process.stderr.write(`${message}\n`);
  else if (code === 'EADDRINUSE')
    process.stderr.write(
      `PORT=${config.port} on ${config.host} is in use by another process. Stop that one, or set another PORT.\n`,
    );
  else if (syscall === 'listen' || syscall === 'getaddrinfo')
    process.stderr.write(
      `PORT=${config.port} on HOST=${config.host} cannot be opened here (${code}). ${PORT_REMEDIES[code ?? ''] ?? 'Check HOST.'}\n`,
    );
  else process.stderr.write(`vigia failed: ${stack ?? message}\n`);
  process.exit(1);
}
