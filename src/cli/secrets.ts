import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface KeptTokens {
  adminToken?: string;
  playerToken?: string;
}

/** The tokens that the server on this machine has generated and stored in DATA_DIR; empty without that file. */
export async function readKeptTokens(dataDir: string): Promise<KeptTokens> {
  let kept: Record<string, unknown>;
  try {
    kept = JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8'));
  } catch {
    return {};
  }
  const { adminToken, playerToken } = kept;
  return {
    ...(typeof adminToken === 'string' ? { adminToken } : {}),
    ...(typeof playerToken === 'string' ? { playerToken } : {}),
  };
}
