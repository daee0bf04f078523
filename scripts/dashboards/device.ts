import type { Dashboard, Variable } from './dashboard.ts';
import { to } from './links.ts';
import { bands, databaseNumber, table } from './panels.ts';

const device: Variable = {
  name: 'device',
  label: 'Device',
  datasource: 'postgres',
  query: 'select id from devices order by id',
  multiple: false,
};

// Grafana's placeholders: a quoted text, and the bounds of the visible time range in milliseconds.
const one = 'device_id = $' + '{device:sqlstring}';
const [FROM, TO] = ['$' + '{__from}', '$' + '{__to}'];
const shown = (table: string) =>
  `from ${table} where ${one} and from_at <= ${TO} and coalesce(to_at, ${TO}) >= ${FROM}`;
/** The start of each period within the visible time range, and an empty value where a period ends and none follows. */
const periods = (table: string, value: string, name: string) =>
  `
select to_timestamp(at / 1000.0) as "time", value as "${name}" from (
  select greatest(from_at, ${FROM}) as at, ${value} as value ${shown(table)}
  union all
  select to_at, null ${shown(table)} and to_at not in (select from_at from ${table} where ${one})
) as bounds
order by 1`.trim();
const during = `least(coalesce(to_at, ${TO}), ${TO}) - greatest(from_at, ${FROM})`;
const share = (table: string, isCounted: string, of = 'true') =>
  `select sum(${during}) filter (where ${isCounted}) / nullif(sum(${during}) filter (where ${of}), 0)::float as "share" ${shown(table)}`;
const within = (column: string) => `${one} and ${column} between ${FROM} and ${TO}`;
const time = (column: string) => `to_timestamp(${column} / 1000.0)`;

export const deviceLife: Dashboard = {
  uid: 'vigia-device',
  title: 'Device',
  description: "One device's life, from the database.",
  variables: [device],
  from: 'now-24h',
  rows: [
    {
      title: 'Visible time range',
      links: [to.thisDevice, to.fleet],
      panels: [
        databaseNumber('Online', 'Share of the recorded time.', share('connection_periods', "status = 'online'"), {
          unit: 'percentunit',
          limits: { orange: 0.99, red: 0.9, worse: 'below' },
        }),
        databaseNumber(
          'On air',
          'Share of the time with a known on-air status.',
          share('on_air_periods', "status = 'yes'", "status in ('yes', 'no')"),
          { unit: 'percentunit', limits: { orange: 0.99, red: 0.9, worse: 'below' } },
        ),
        databaseNumber(
          'Losses',
          'Number of disconnections.',
          `select count(*) as "losses" from connection_periods where ${within('from_at')} and status = 'reconnecting'`,
          { unit: 'short', limits: { orange: 3, red: 10 } },
        ),
        databaseNumber(
          'Commands',
          'Number of commands.',
          `select count(*) as "commands" from commands where ${within('requested_at')}`,
          { unit: 'short' },
        ),
      ],
    },
    {
      title: 'Life',
      links: [to.thisDevice, to.fleet],
      panels: [
        bands('Connection', 'The device’s connection status.', periods('connection_periods', 'status', 'connection'), {
          online: 'green',
          reconnecting: 'orange',
          offline: 'red',
        }),
        bands(
          'On air',
          'On-air status, with the reason.',
          periods('on_air_periods', "case status when 'yes' then 'yes' else status || ': ' || why end", 'on air'),
          { yes: 'green' },
        ),
        bands(
          'Playback',
          'Items played while on air.',
          periods('playback_periods', "coalesce(nullif(item, ''), '(unknown)')", 'item'),
        ),
      ],
    },
    {
      title: 'Details',
      links: [to.thisDevice, to.commands],
      panels: [
        table(
          'Commands',
          'Commands and their results, newest first.',
          `select ${time('requested_at')} as "asked", command, status, requested_by as "by", duration_ms as "duration" from commands where ${within('requested_at')} order by requested_at desc limit 500`,
          { duration: 'ms' },
        ),
        table(
          'Losses',
          'Time, reason and duration of disconnections.',
          `select ${time('from_at')} as "time", status, reason, node, coalesce(to_at, ${TO}) - from_at as "for" from connection_periods where ${within('from_at')} and status <> 'online' order by from_at desc limit 500`,
          { for: 'ms' },
        ),
        table(
          'Playback time',
          'Time on air for each item.',
          `select coalesce(nullif(item, ''), '(unknown)') as "item", playlist, count(*) as "times", sum(${during}) as "in all" ${shown('playback_periods')} group by 1, 2 order by 4 desc limit 200`,
          { 'in all': 'ms' },
        ),
        table(
          'Screenshots',
          'A black screenshot, or one identical to the previous one, may indicate a fault.',
          `select ${time('taken_at')} as "taken", source, bytes, width, height, black = 1 as "black", same_as_before = 1 as "same as before" from snapshots where ${within('taken_at')} order by taken_at desc limit 500`,
          { bytes: 'bytes' },
        ),
        table(
          'Audit',
          'Actions on this device.',
          `select ${time('at')} as "time", actor, kind, outcome from audit where ${within('at')} order by id desc limit 200`,
        ),
      ],
    },
  ],
};
