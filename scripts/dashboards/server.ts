import { type Dashboard, instance } from './dashboard.ts';
import { to } from './links.ts';
import { lines, number } from './panels.ts';

const here = '{job="vigia", instance=~"$instance"}';
const each = (expr: string) => ({ '{{instance}}': expr });

export const server: Dashboard = {
  uid: 'vigia-server',
  title: 'Server',
  description: 'The processes: are they up, busy, and do they reach what they need?',
  variables: [instance],
  rows: [
    {
      title: 'Now',
      links: [to.fleet, to.alerts],
      panels: [
        number('Instances down', 'Instances that Prometheus cannot read.', `sum(1 - up${here})`, {
          unit: 'short',
          limits: { orange: 1, red: 2 },
        }),
        number('Needs met', '1: database and Redis can be used by every instance.', `min(vigia_dependency_up${here})`, {
          unit: 'short',
          limits: { orange: 1, red: 1, worse: 'below' },
        }),
        number(
          'Worst event loop',
          'The slowest instance: 99 of 100 turns were faster.',
          `max(nodejs_eventloop_lag_p99_seconds${here})`,
          { unit: 's', limits: { orange: 0.1, red: 0.25 } },
        ),
        number('Backlog', 'Records that wait for the database.', `sum(vigia_store_backlog${here})`, {
          unit: 'short',
          limits: { orange: 1000, red: 10_000 },
        }),
        number(
          'Versions',
          'Different versions of vigia that run: more than one only during an upgrade.',
          `count(count by (version) (vigia_build_info${here}))`,
          { unit: 'short', limits: { orange: 2, red: 3 } },
        ),
        number('Youngest', 'Since the last start of an instance.', `min(time() - process_start_time_seconds${here})`, {
          unit: 's',
        }),
      ],
    },
    {
      title: 'Load',
      links: [to.fleet, to.wall],
      panels: [
        lines(
          'CPU',
          'Cores in use. One is the most that the event loop can; compression and pictures use others.',
          each(`rate(process_cpu_seconds_total${here}[$__rate_interval])`),
          { unit: 'none', min: 0, limits: { orange: 0.7, red: 0.9 } },
        ),
        lines(
          'Event loop',
          'How late turns were: half of them, and the slowest of a hundred.',
          {
            '{{instance}} p50': `nodejs_eventloop_lag_p50_seconds${here}`,
            '{{instance}} p99': `nodejs_eventloop_lag_p99_seconds${here}`,
          },
          { unit: 's', min: 0, limits: { orange: 0.1, red: 0.25 } },
        ),
        lines(
          'Memory',
          'Resident, and the part of it that JavaScript uses.',
          {
            '{{instance}} resident': `process_resident_memory_bytes${here}`,
            '{{instance}} heap': `nodejs_heap_size_used_bytes${here}`,
          },
          { unit: 'bytes', min: 0 },
        ),
        lines(
          'Garbage collection',
          'Share of the time, by kind; major ones stop everything.',
          {
            '{{instance}} {{kind}}': `sum by (instance, kind) (rate(nodejs_gc_duration_seconds_sum${here}[$__rate_interval]))`,
          },
          { unit: 'percentunit', min: 0, limits: { orange: 0.05, red: 0.2 } },
        ),
      ],
    },
    {
      title: 'Devices and queues',
      links: [to.commands, to.alerts],
      panels: [
        lines(
          'Actors and sockets',
          'Actors that are awake, and the sockets of players.',
          {
            '{{instance}} actors': `vigia_actors${here}`,
            '{{instance}} players': `vigia_players${here}`,
          },
          { unit: 'short', min: 0 },
        ),
        lines(
          'Queues',
          'Commands that have not ended, and records that wait for the database.',
          {
            '{{instance}} commands': `vigia_commands_pending${here}`,
            '{{instance}} {{of}}': `vigia_store_backlog${here}`,
          },
          { unit: 'short', min: 0 },
        ),
        lines(
          'Given up',
          'Records that were not written within 15 minutes, by what they are: too many waited, or the database refused them.',
          { '{{instance}} {{of}}': `increase(vigia_records_lost_total${here}[15m])` },
          { unit: 'short', min: 0, limits: { orange: 1, red: 100 } },
        ),
        lines(
          'Disk',
          'Share of the disk with DATA_DIR that is in use.',
          each(`1 - vigia_disk_free_bytes${here} / vigia_disk_size_bytes${here}`),
          { unit: 'percentunit', min: 0, max: 1, limits: { orange: 0.8, red: 0.95 } },
        ),
        lines(
          'Open files',
          'Share of the limit (ulimit -n): a socket is one.',
          each(`process_open_fds${here} / process_max_fds${here}`),
          { unit: 'percentunit', min: 0, limits: { orange: 0.7, red: 0.9 } },
        ),
        lines(
          'Actors that failed',
          'Within 15 minutes; each was started again. Always a fault of vigia.',
          each(`increase(vigia_actor_restarts_total${here}[15m])`),
          { unit: 'short', min: 0, limits: { orange: 1, red: 4 } },
        ),
        lines(
          'Unexpected errors',
          'Within 15 minutes; each cost one request, message or timer. Always a fault of vigia.',
          each(`increase(vigia_uncaught_errors_total${here}[15m])`),
          { unit: 'short', min: 0, limits: { orange: 1, red: 4 } },
        ),
      ],
    },
    {
      title: 'REST',
      links: [to.security, to.audit],
      panels: [
        lines(
          'Requests',
          'A second, by method and by the first digit of the answer.',
          {
            '{{method}} {{status}}': `sum by (method, status) (rate(vigia_http_request_seconds_count${here}[$__rate_interval]))`,
          },
          { unit: 'reqps', min: 0, stacked: true },
        ),
        lines(
          'Time of an answer',
          'Nineteen of twenty were faster. One that waits for a command (wait=true) takes as long as the command.',
          {
            '{{method}} p95': `histogram_quantile(0.95, sum by (le, method) (rate(vigia_http_request_seconds_bucket${here}[$__rate_interval])))`,
          },
          { unit: 's', min: 0, limits: { orange: 1, red: 5 } },
        ),
      ],
    },
    {
      title: 'Redis and database',
      links: [to.fleet, to.alerts],
      panels: [
        lines(
          'Reachable',
          '1, or 0 while it is away.',
          { '{{instance}} {{dependency}}': `vigia_dependency_up${here}` },
          { unit: 'short', min: 0, max: 1 },
        ),
        lines(
          'The cluster as each sees it',
          'Instances that live. Where one sees fewer than the others, it is cut off.',
          each(`vigia_instances${here}`),
          { unit: 'short', min: 0 },
        ),
        lines(
          'News that were lost',
          'Messages between instances, within 15 minutes; what they said was read instead. Many: Redis or the network fails.',
          each(`increase(vigia_cluster_news_lost_total${here}[15m])`),
          { unit: 'short', min: 0, limits: { orange: 1, red: 20 } },
        ),
        lines(
          'Database writes',
          'How long a transaction takes until it is safe: half of them, and the slowest of a hundred.',
          {
            'p50 {{outcome}}': `histogram_quantile(0.5, sum by (le, outcome) (rate(vigia_database_write_seconds_bucket${here}[$__rate_interval])))`,
            'p99 {{outcome}}': `histogram_quantile(0.99, sum by (le, outcome) (rate(vigia_database_write_seconds_bucket${here}[$__rate_interval])))`,
          },
          { unit: 's', min: 0, limits: { orange: 0.5, red: 2 } },
        ),
        lines(
          'Transactions',
          'A second, by how they ended.',
          { '{{outcome}}': `sum by (outcome) (rate(vigia_database_write_seconds_count${here}[$__rate_interval]))` },
          { unit: 'cps', min: 0 },
        ),
        lines(
          'Screenshots',
          'Bytes stored a second, without thumbnails.',
          {
            'bytes/s': `sum(rate(vigia_picture_bytes_total${here}[$__rate_interval]))`,
          },
          { unit: 'Bps', min: 0 },
        ),
        lines(
          'Alerts told',
          'Messages of the server about single devices, by channel; failed ones are tried again.',
          {
            '{{channel}} {{outcome}}': `sum by (channel, outcome) (rate(vigia_notifications_total${here}[$__rate_interval])) * 60`,
          },
          { unit: 'cpm', min: 0 },
        ),
        lines(
          'Time of a screenshot',
          'From its turn to its being stored; nineteen of twenty were faster.',
          {
            p95: `histogram_quantile(0.95, sum by (le) (rate(vigia_picture_seconds_bucket${here}[$__rate_interval])))`,
          },
          { unit: 's', min: 0, limits: { orange: 2.5, red: 10 } },
        ),
      ],
    },
  ],
};
