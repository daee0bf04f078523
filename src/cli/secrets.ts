import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface SavedTokens {
  adminToken?: string;
  playerToken?: string;
}

/** The tokens that the server on this machine has generated and stored in DATA_DIR; empty without that file. */
export async function readSavedTokens(dataDir: string): Promise<SavedTokens> {
  let saved: Record<string, unknown>;
  try {
    saved = JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8'));
  } catch {
    return {};
  }
  const { adminToken, playerToken } = saved;
  return {
    ...(typeof adminToken === 'string' ? { adminToken } : {}),
    ...(typeof playerToken === 'string' ? { playerToken } : {}),
  };
}
