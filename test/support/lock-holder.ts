import { lockDataDir } from '../../src/adapters/files/lock.ts';

/** Locks a directory, reports it, and holds the lock until the process ends. */
try {
  await lockDataDir(process.argv[2] as string);
  process.stdout.write('locked\n');
  setInterval(() => {}, 60_000);
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
}
