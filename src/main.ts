import { DatabaseError } from './adapters/database/errors.ts';
import { LockedError } from './adapters/files/lock.ts';
import type { Secrets } from './adapters/files/secrets.ts';
import { RedisError } from './adapters/redis/redis.ts';
import { onStopSignals } from './adapters/stop-signals.ts';
import { ConfigError, loadConfig } from './config.ts';
import { createLogger } from './log.ts';
import { type RunningServer, startServer } from './server.ts';

/** Faults of the environment: they take one line. */
const FAULTS = [ConfigError, LockedError, DatabaseError, RedisError];

const config = orExit(() => loadConfig(process.env));
const log = createLogger(config);

let server: RunningServer | undefined;
// An unexpected error during the start ends the process; later it is only reported.
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error) => (server ? server.failed(error) : exitOn(error)));
onStopSignals(
  ['SIGTERM', 'SIGINT'],
  () => void stop().catch(exitOn),
  () => process.exit(1),
);
server = await startServer(config, log, showOnce).catch(exitOn);

/** Prints tokens to the terminal, never to the log. */
function showOnce({ adminToken, playerToken }: Secrets['generated']): void {
  if (adminToken)
    process.stderr.write(`\n  Admin token (shown once, kept in ${config.dataDir}/secrets.json):   ${adminToken}\n`);
  if (playerToken)
    process.stderr.write(`  Player token (shown once, kept in ${config.dataDir}/secrets.json):  ${playerToken}\n\n`);
}

/** Stops within DRAIN_MS, even if not everything has finished. */
async function stop(): Promise<void> {
  setTimeout(() => {
    log.error('did not finish in time');
    process.exit(0);
  }, config.drainMs);
  await server?.stop();
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
    process.stderr.write(`PORT=${config.port} on ${config.host} is in use by another process.\n`);
  else if (syscall === 'listen' || syscall === 'getaddrinfo')
    process.stderr.write(`PORT=${config.port} on HOST=${config.host} cannot be opened here (${code}).\n`);
  else process.stderr.write(`vigia failed: ${stack ?? message}\n`);
  process.exit(1);
}
