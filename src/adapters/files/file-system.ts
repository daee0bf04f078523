import { open, rename, rm } from 'node:fs/promises';

/** Permissions for the owner only. */
export const FILE_MODE = 0o600;
export const DIRECTORY_MODE = 0o700;

/** Replaces a file atomically: after a crash, it has either the old or the new content. */
export async function writeFileAtomic(directory: string, name: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${directory}/${name}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w', FILE_MODE);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, `${directory}/${name}`);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}

/** Makes added and removed directory entries survive a power failure. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
