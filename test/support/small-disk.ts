import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryDirectory } from './temporary-directory.ts';

export interface SmallDisk {
  directory: string;
  sizeBytes: number;
  /** Uses all free space except for `leaving` bytes. */
  fill(leaving: number): void;
  /** Frees the space again. */
  empty(): void;
}

const MEGABYTE = 1024 * 1024;

/**
 * A small in-memory file system that a test can fill; requires root.
 * @throws if it cannot be mounted
 */
export async function smallDisk(megabytes: number): Promise<SmallDisk> {
  const directory = await temporaryDirectory();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory], { stdio: 'pipe' });
  } catch (error) {
    // Not skipped, because that would go unnoticed.
    throw new Error(
      `This test fills a disk of its own, which only root can mount (in a container: CAP_SYS_ADMIN): ${error}`,
    );
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', directory]));
  const ballast = join(directory, 'ballast');
  return {
    directory,
    sizeBytes: megabytes * MEGABYTE,
    fill(leaving) {
      const file = openSync(ballast, 'a');
      const { bavail, bsize } = statfsSync(directory);
      // Page by page: a full file system accepts only a part of a larger write.
      const page = Buffer.alloc(bsize);
      for (let free = bavail * bsize - leaving; free >= bsize; free -= bsize) writeSync(file, page);
      closeSync(file);
    },
    empty: () => rmSync(ballast),
  };
}
