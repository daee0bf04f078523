import { stat } from 'node:fs/promises';
import { openDatabase } from '../../adapters/database/database.ts';
import { moveDatabase } from '../../adapters/database/move.ts';
import { backUp, restore } from '../../adapters/files/backup.ts';
import { lockDataDir } from '../../adapters/files/lock.ts';
import { finishRestore } from '../../adapters/files/restore-swap.ts';
import { databaseUrlFault } from '../../config.ts';
import { type Call, CliError, type Command, type Option, usageError } from './command.ts';
import { progressBar } from './output.ts';

const local: Record<string, Option> = {
  'data-dir': { value: 'DIR', help: 'the data directory; default: DATA_DIR, or ./data' },
};
const dirOf = (call: Call): string => call.text('data-dir') ?? (process.env.DATA_DIR?.trim() || './data');
const quiet = { info() {}, warn() {}, error() {} };
const say = (text: string): void => void process.stderr.write(`${text}\n`);

export const backup: Command = {
  usage: 'backup FILE',
  summary: 'copy the embedded database into one file, also while the server runs',
  details:
    'On the machine of the server. In it: the database, the generated secrets and the pictures: keep it as you keep the\nsecrets. With DATABASE_URL, the database is backed up by pg_dump instead.',
  words: [1, 1],
  options: local,
  async run(call) {
    refusePostgres();
    const { files } = await plainly(() => backUp(dirOf(call), call.words[0] as string));
    say(`${call.words[0]} holds the database and ${files} files, as of now.`);
    return 0;
  },
};

export const restoreFrom: Command = {
  usage: 'restore FILE',
  summary: 'put a backup into an unused DATA_DIR; the server must be stopped',
  words: [1, 1],
  options: { force: { help: 'move existing files aside' }, ...local },
  async run(call) {
    refusePostgres();
    const dataDir = dirOf(call);
    return plainly(async () => {
      const lock = await lockDataDir(dataDir);
      try {
        const { files, aside } = await restore(call.words[0] as string, dataDir, {
          force: call.is('force'),
          // Migrates an older database, and fails for a newer version.
          check: async (directory) => (await openDatabase({ dataDir: directory, log: quiet })).close(),
        });
        if (aside) say(`The previous files are in ${aside}.`);
        say(`${dataDir} holds the database and ${files} files; start the server to go on from there.`);
        if (process.getuid?.() === 0 && (await stat(dataDir)).uid === 0) {
          say(`It belongs to root. If the server runs as another user: chown -R USER ${dataDir}`);
        }
        return 0;
      } finally {
        await lock.release();
      }
    });
  },
};

export const migrateTo: Command = {
  usage: 'migrate-to URL',
  summary: 'copy the embedded database into an empty PostgreSQL database; the server must be stopped',
  details:
    'URL is postgres://user:password@host/database. DATA_DIR keeps its copy, and the secrets and pictures stay there.',
  words: [1, 1],
  options: local,
  async run(call) {
    const url = call.words[0] as string;
    const fault = databaseUrlFault(url);
    if (fault) throw usageError(`The URL ${fault}. Give it as postgres://user:password@host/database.`);
    const dataDir = dirOf(call);
    return plainly(async () => {
      const lock = await lockDataDir(dataDir);
      const bar = progressBar();
      try {
        await finishRestore(dataDir);
        const counts = await moveDatabase(dataDir, url, quiet, (table, rows) => bar.show(0, 0, `${table} ${rows}`));
        bar.end();
        for (const [table, rows] of counts) say(`${String(rows).padStart(10)}  ${table}`);
        say('Everything was copied. Start the server with this DATABASE_URL, and the same DATA_DIR.');
        return 0;
      } finally {
        bar.end();
        await lock.release();
      }
    });
  },
};

function refusePostgres(): void {
  if (process.env.DATABASE_URL?.trim() || process.env.DATABASE_URL_FILE?.trim()) {
    throw new CliError(
      'DATABASE_URL is set: back up and restore PostgreSQL with pg_dump and pg_restore (see the README).',
    );
  }
}

/** Turns known errors into CliErrors without a stack. */
async function plainly<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const { name, message, code } = error as NodeJS.ErrnoException;
    const isKnown = ['BackupError', 'LockedError', 'DatabaseError'].includes(name) || typeof code === 'string';
    throw isKnown ? new CliError(message) : error;
  }
}
