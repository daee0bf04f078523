import { lockDataDir } from '../../src/adapters/files/lock.ts';

/** Takes the lock of a directory, says so, and holds it until somebody ends the process. */
try {
  await lockDataDir(process.argv[2] as string);
  process.stdout.write('locked\n');
  setInterval(() => {}, 60_000);
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
}
