import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ClientError, isFinal } from './errors.ts';
import { type Journal, linesOf, type PlayerStorage, recordsOf } from './storage.ts';

/** What only players in Node can use. */

/** Keeps journals as files in a folder, which must be of this player alone. Creates the folder. */
export function openStorage(folder: string): PlayerStorage {
  mkdirSync(folder, { recursive: true });
  return { journal: (name) => openJournal(join(folder, `${name}.ndjson`)) };
}

function openJournal(path: string): Journal {
  let file: number | undefined;

  function read() {
    try {
      return recordsOf(readFileSync(path, 'utf8'));
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return [];
      throw error;
    }
  }

  return {
    read,
    append(record) {
      file ??= openSync(path, 'a', 0o600);
      // Begins with a line break, because a power cut may have cut off the line before.
      write(file, `\n${JSON.stringify(record)}\n`);
    },
    replace(records) {
      if (file !== undefined) closeSync(file);
      file = undefined;
      const next = `${path}.next`;
      const made = openSync(next, 'w', 0o600);
      try {
        write(made, linesOf(records));
      } finally {
        closeSync(made);
      }
      renameSync(next, path);
      syncFolder(dirname(path));
    },
  };
}

function write(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  fsyncSync(file);
}

/** So that the new name survives a power cut. Windows cannot do it. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {}
}

/** For a supervisor: 78 means that the configuration is wrong, 77 that the server wants this player no more (sysexits.h). */
export const EXIT_CODES = { configuration: 78, refused: 77 } as const;

/**
 * Ends the process when the connection has ended for good, with an exit code for the supervisor. Not when the program
 * itself closes it.
 */
export function exitWhenEnded(player: {
  onStatus(listener: (status: { link: string; error?: ClientError }) => void): unknown;
}): void {
  player.onStatus(({ link, error }) => {
    if (link !== 'ended' || !isFinal(error?.code)) return;
    const isConfiguration = error?.code === 'bad_url' || error?.code === 'protocol_mismatch';
    process.exit(isConfiguration ? EXIT_CODES.configuration : EXIT_CODES.refused);
  });
}
