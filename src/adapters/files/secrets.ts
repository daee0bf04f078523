import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hash, newToken } from '../../access/tokens.ts';
import { DIRECTORY_MODE, FILE_MODE, isMissing, writeFileAtomic } from './file-system.ts';

const FILE = 'secrets.json';

const Kept = z.object({ adminToken: z.string().min(1).optional(), playerToken: z.string().min(1).optional() });

export interface Secrets {
  adminToken: string;
  /** As it was configured or generated: one or more, comma-separated. */
  playerToken: string;
  playerTokens: readonly string[];
  adminTokenHash: string;
  /** What was made just now, to be shown once. */
  generated: { adminToken?: string; playerToken?: string };
}

/**
 * The configured tokens, else those that an earlier start made, else fresh ones. Fresh ones are kept as they are in
 * `DATA_DIR/secrets.json` (0600), so that the demo and whoever runs the server can read them there; a configured one is
 * never written. All other tokens are kept as hashes only.
 * @throws Error when the file cannot be read, or is not what it should be
 */
export async function loadSecrets(
  dir: string,
  configured: { adminToken?: string | undefined; playerToken?: string | undefined },
): Promise<Secrets> {
  await mkdir(dir, { recursive: true, mode: DIRECTORY_MODE });
  const kept = await readKept(join(dir, FILE));
  const generated: Secrets['generated'] = {};
  if (!configured.adminToken && !kept.adminToken) generated.adminToken = newToken('va_');
  if (!configured.playerToken && !kept.playerToken) generated.playerToken = newToken('vp_');
  const all = { ...kept, ...generated };
  if (generated.adminToken || generated.playerToken) {
    await writeFileAtomic(dir, FILE, `${JSON.stringify(all, null, 2)}\n`);
  }

  const adminToken = configured.adminToken ?? (all.adminToken as string);
  const playerToken = configured.playerToken ?? (all.playerToken as string);
  return {
    adminToken,
    playerToken,
    adminTokenHash: hash(adminToken),
    playerTokens: playerToken
      .split(',')
      .map((it) => it.trim())
      .filter(Boolean),
    generated,
  };
}

async function readKept(path: string): Promise<z.infer<typeof Kept>> {
  try {
    const kept = Kept.parse(JSON.parse(await readFile(path, 'utf8')));
    await chmod(path, FILE_MODE);
    return kept;
  } catch (error) {
    if (isMissing(error)) return {};
    // The cause is left out: a parser's message may quote a piece of the file.
    throw new Error(`${path} cannot be read as the secrets of this server; restore it, or remove it to get new ones.`);
  }
}
