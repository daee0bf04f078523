import type { ColumnDataType, CreateTableBuilder, Kysely } from 'kysely';
import { createStatisticsTables } from '../statistics/tables.ts';

/** A name ending in `?` is a nullable column. */
type Columns = Record<string, ColumnDataType>;

/** The tables of `schema.ts`, with the indexes for reading by time and pruning. */
export async function createTables(db: Kysely<unknown>): Promise<void> {
  const table = (name: string, columns: Columns, key: readonly string[]) => {
    let builder: CreateTableBuilder<string, string> = db.schema.createTable(name);
    for (const [column, type] of Object.entries(columns)) {
      builder = builder.addColumn(column.replace('?', ''), type, (it) => (column.endsWith('?') ? it : it.notNull()));
    }
    return builder.addPrimaryKeyConstraint(`${name}_key`, key as never).execute();
  };
  const index = (name: string, ...columns: string[]) =>
    db.schema
      .createIndex(`${name}_by_${columns.join('_')}`)
      .on(name)
      .columns(columns)
      .execute();

  await table('meta', { key: 'text', value: 'text' }, ['key']);

  await table('devices', { id: 'text', version: 'bigint', record: 'text' }, ['id']);
  await table('device_tokens', { device_id: 'text', record: 'text' }, ['device_id']);
  await table('admin_tokens', { id: 'text', record: 'text' }, ['id']);

  await table(
    'commands',
    {
      command_id: 'text',
      device_id: 'text',
      'group_name?': 'text',
      command: 'text',
      status: 'text',
      requested_by: 'text',
      requested_at: 'bigint',
      'ended_at?': 'bigint',
      'duration_ms?': 'bigint',
      record: 'text',
    },
    ['command_id'],
  );
  await index('commands', 'device_id', 'requested_at');
  await index('commands', 'ended_at');
  await table('command_attempts', { command_id: 'text', attempt: 'integer', sent_at: 'bigint' }, [
    'command_id',
    'attempt',
  ]);

  await table('keyframes', { device_id: 'text', version: 'bigint', at: 'bigint', document: 'text' }, [
    'device_id',
    'version',
  ]);
  await index('keyframes', 'device_id', 'at');
  await table('changes', { device_id: 'text', version: 'bigint', at: 'bigint', kind: 'text', 'patch?': 'text' }, [
    'device_id',
    'version',
  ]);
  await index('changes', 'device_id', 'at');

  await table(
    'snapshots',
    {
      id: 'text',
      device_id: 'text',
      taken_at: 'bigint',
      received_at: 'bigint',
      bytes: 'integer',
      width: 'integer',
      height: 'integer',
      hash: 'text',
      black: 'integer',
      same_as_before: 'integer',
      source: 'text',
    },
    ['id'],
  );
  await index('snapshots', 'device_id', 'received_at');
  await index('snapshots', 'received_at');

  await table(
    'audit',
    {
      id: 'text',
      at: 'bigint',
      actor: 'text',
      kind: 'text',
      'device_id?': 'text',
      outcome: 'text',
      details: 'text',
    },
    ['id'],
  );
  await index('audit', 'at');
  await index('audit', 'actor', 'id');
  await index('audit', 'kind', 'id');

  await createStatisticsTables(db);
}
