import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import type { TestServer } from './server.ts';

/** Tables that could contain data of invalid requests; a device's own row is written with a delay. */
const ROWS = {
  devices: 'id',
  device_tokens: '*',
  admin_tokens: '*',
  commands: '*',
  command_attempts: '*',
  snapshots: '*',
  policies: '*',
  blobs: 'name',
};

/** The rows, files and versions of the embedded database, which invalid requests must not change. */
export async function kept(server: TestServer) {
  // Excludes the devices of the health check.
  const isOurs = (row: unknown) => !JSON.stringify(row).includes('neighbour-');
  const db = new Database(join(server.dataDir, 'vigia.db'), { readonly: true });
  const rows = Object.entries(ROWS).map(([table, columns]) => [
    table,
    (db.prepare(`SELECT ${columns} FROM ${table} ORDER BY 1`).all() as unknown[]).filter(isOurs),
  ]);
  db.close();
  const files = readdirSync(server.dataDir, { recursive: true }).map(String);
  const { devices } = (await server.call('/devices')).body;
  const versions = (devices as { version: number; document: { id: string } }[])
    .filter(isOurs)
    .map(({ version, document }) => `${document.id} ${version}`);
  return { ...Object.fromEntries(rows), files: files.filter((it) => !it.startsWith('vigia.db')).sort(), versions };
}
