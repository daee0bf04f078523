import type { Logger } from 'pino';
import { LockedError } from './adapters/files/lock.ts';
import { ConfigError, loadConfig } from './config.ts';
import { createLogger } from './log.ts';
import { type RunningServer, startServer } from './server.ts';

const config = orExit(() => loadConfig(process.env));
const log = createLogger(config);
process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'));

const server = await startServer(config, log).catch(exitOn);
showOnce(server.generated);
stopOnSignals(server, log);

/** Tokens are shown on the terminal and never in the log. */
function showOnce({ adminToken, playerToken }: RunningServer['generated']): void {
  if (adminToken)
    process.stderr.write(`\n  Admin token (shown once, kept in ${config.dataDir}/secrets.json):   ${adminToken}\n`);
  if (playerToken)
    process.stderr.write(`  Player token (shown once, kept in ${config.dataDir}/secrets.json):  ${playerToken}\n\n`);
}

function stopOnSignals(running: RunningServer, log: Logger): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      const late = setTimeout(() => {
        log.error('did not finish in time');
        process.exit(0);
      }, config.drainMs);
      running.stop().then(
        () => {
          clearTimeout(late);
          process.exit(0);
        },
        (error) => {
          log.error({ err: error }, 'stop failed');
          process.exit(1);
        },
      );
    });
  }
}

function orExit<T>(fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    return exitOn(error);
  }
}

/** What the environment got wrong is said in one message; only what we got wrong comes with a stack. */
function exitOn(error: unknown): never {
  const { code, message, stack } = error as NodeJS.ErrnoException;
  if (error instanceof ConfigError || error instanceof LockedError) process.stderr.write(`${message}\n`);
  else if (code === 'EADDRINUSE')
    process.stderr.write(`PORT=${config.port} on ${config.host} is in use by another process.\n`);
  else process.stderr.write(`vigia could not start: ${stack ?? message}\n`);
  process.exit(1);
}
