import { statfs } from 'node:fs/promises';

const EVERY_MS = 30_000;
const LOW_SHARE = 0.05;
const LOW_BYTES = 1024 ** 3;

export const isLow = (freeBytes: number, sizeBytes: number): boolean =>
  freeBytes < sizeBytes * LOW_SHARE && freeBytes < LOW_BYTES;

/**
 * Monitors the file system of a directory. `isLow`: less than 5 % and less than 1 GiB are free. Sizes are 0 until
 * known.
 */
export function watchFreeSpace(directory: string) {
  let [freeBytes, sizeBytes] = [0, 0];
  const measure = async () => {
    try {
      const { bavail, blocks, bsize } = await statfs(directory);
      [freeBytes, sizeBytes] = [bavail * bsize, blocks * bsize];
    } catch {
      // Writers of the directory will report the problem.
    }
  };
  void measure();
  const timer = setInterval(() => void measure(), EVERY_MS);
  timer.unref();
  return {
    get freeBytes() {
      return freeBytes;
    },
    get sizeBytes() {
      return sizeBytes;
    },
    get isLow() {
      return isLow(freeBytes, sizeBytes);
    },
    stop: () => clearInterval(timer),
  };
}
