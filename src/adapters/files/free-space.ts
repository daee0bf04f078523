import { statfs } from 'node:fs/promises';

const EVERY_MS = 30_000;
const LOW_SHARE = 0.05;
const LOW_BYTES = 1024 ** 3;

/** Watches the disk of a directory. `isLow`: less than 5 %, and less than 1 GiB, is free. */
export function watchFreeSpace(directory: string): { readonly isLow: boolean; stop(): void } {
  let isLow = false;
  const look = async () => {
    try {
      const { bavail, blocks, bsize } = await statfs(directory);
      isLow = bavail < blocks * LOW_SHARE && bavail * bsize < LOW_BYTES;
    } catch {
      // Whoever writes there will notice.
    }
  };
  void look();
  const timer = setInterval(() => void look(), EVERY_MS);
  timer.unref();
  return {
    get isLow() {
      return isLow;
    },
    stop: () => clearInterval(timer),
  };
}
