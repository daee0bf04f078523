import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface KeptTokens {
  adminToken?: string;
  playerToken?: string;
}

/** The tokens that a server on this machine made and keeps in its DATA_DIR; none where there is no such file. */
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
