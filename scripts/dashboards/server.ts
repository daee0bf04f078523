import { type Dashboard, instance } from './dashboard.ts';
import { to } from './links.ts';
import { lines, number } from './panels.ts';

const here = '{job="vigia", instance=~"$instance"}';
const each = (expr: string) => ({ '{{instance}}': expr });

export const server: Dashboard = {
  uid: 'vigia-server',
  title: 'Server',
  description: 'The processes: availability, load and dependencies.',
  variables: [instance],
  rows: [
    {
      title: 'Now',
      links: [to.fleet, to.alerts],
      panels: [
        number('Instances down', 'Instances that Prometheus cannot scrape.', `sum(1 - up${here})`, {
          unit: 'short',
          limits: { orange: 1, red: 2 },
        }),
        number(
          'Dependencies',
          '1: database and Redis are available to every instance.',
          `min(vigia_dependency_up${here})`,
          {
            unit: 'short',
            limits: { orange: 1, red: 1, worse: 'below' },
          },
        ),
        number(
          'Worst event loop',
          'p99 of the event loop lag of the slowest instance.',
          `max(nodejs_eventloop_lag_p99_seconds${here})`,
          { unit: 's', limits: { orange: 0.1, red: 0.25 } },
        ),
        number('Backlog', 'Records waiting to be written to the database.', `sum(vigia_store_backlog${here})`, {
          unit: 'short',
          limits: { orange: 1000, red: 10_000 },
        }),
        number(
          'Versions',
          'Number of running versions of vigia; more than one only during an upgrade.',
          `count(count by (version) (vigia_build_info${here}))`,
          { unit: 'short', limits: { orange: 2, red: 3 } },
        ),
        number(
          'Shortest uptime',
          'Time since the last start of an instance.',
          `min(time() - process_start_time_seconds${here})`,
          {
            unit: 's',
          },
        ),
      ],
    },
    {
      title: 'Load',
      links: [to.fleet, to.wall],
      panels: [
        lines(
          'CPU',
          'Cores in use. The event loop can use one; compression and screenshots use others.',
          each(`rate(process_cpu_seconds_total${here}[$__rate_interval])`),
          { unit: 'none', min: 0, limits: { orange: 0.7, red: 0.9 } },
        ),
        lines(
          'Event loop',
          'Median and p99 of the event loop lag.',
          {
            '{{instance}} p50': `nodejs_eventloop_lag_p50_seconds${here}`,
            '{{instance}} p99': `nodejs_eventloop_lag_p99_seconds${here}`,
          },
          { unit: 's', min: 0, limits: { orange: 0.1, red: 0.25 } },
        ),
        lines(
          'Memory',
          'Resident memory, and the part used by the JavaScript heap.',
          {
            '{{instance}} resident': `process_resident_memory_bytes${here}`,
            '{{instance}} heap': `nodejs_heap_size_used_bytes${here}`,
          },
          { unit: 'bytes', min: 0 },
        ),
        lines(
          'Garbage collection',
          'Share of time by kind. Major collections block everything else.',
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
          'Running device actors, and player sockets.',
          {
            '{{instance}} actors': `vigia_actors${here}`,
            '{{instance}} players': `vigia_players${here}`,
          },
          { unit: 'short', min: 0 },
        ),
        lines(
          'Queues',
          'Pending commands, and records waiting to be written to the database.',
          {
            '{{instance}} commands': `vigia_commands_pending${here}`,
            '{{instance}} {{of}}': `vigia_store_backlog${here}`,
          },
          { unit: 'short', min: 0 },
        ),
        lines(
          'Dropped records',
          'Records dropped within 15 minutes, by kind: the backlog was full, or the database rejected them.',
          { '{{instance}} {{of}}': `increase(vigia_records_lost_total${here}[15m])` },
          { unit: 'short', min: 0, limits: { orange: 1, red: 100 } },
        ),
        lines(
          'Disk',
          'Usage of the file system with DATA_DIR.',
          each(`1 - vigia_disk_free_bytes${here} / vigia_disk_size_bytes${here}`),
          { unit: 'percentunit', min: 0, max: 1, limits: { orange: 0.8, red: 0.95 } },
        ),
        lines(
          'Open files',
          'Share of the limit (ulimit -n). Each socket counts as an open file.',
          each(`process_open_fds${here} / process_max_fds${here}`),
          { unit: 'percentunit', min: 0, limits: { orange: 0.7, red: 0.9 } },
        ),
        lines(
          'Actor restarts',
          'Device actors restarted after an error, within 15 minutes. Always a bug in vigia.',
          each(`increase(vigia_actor_restarts_total${here}[15m])`),
          { unit: 'short', min: 0, limits: { orange: 1, red: 4 } },
        ),
        lines(
          'Unexpected errors',
          'Within 15 minutes. Each cost one request, message or timer. Always a bug in vigia.',
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
          'Requests per second, by method and first digit of the status.',
          {
            '{{method}} {{status}}': `sum by (method, status) (rate(vigia_http_request_seconds_count${here}[$__rate_interval]))`,
          },
          { unit: 'reqps', min: 0, stacked: true },
        ),
        lines(
          'Response time',
          'p95. A request with wait=true includes the duration of its command.',
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
          '1: available, 0: unavailable.',
          { '{{instance}} {{dependency}}': `vigia_dependency_up${here}` },
          { unit: 'short', min: 0, max: 1 },
        ),
        lines(
          'Live instances',
          'Live instances as seen by each instance. One that sees fewer than the others is disconnected from Redis.',
          each(`vigia_instances${here}`),
          { unit: 'short', min: 0 },
        ),
        lines(
          'Lost cluster messages',
          'Within 15 minutes. Their content was read from Redis instead. Many of them indicate a fault of Redis or the network.',
          each(`increase(vigia_cluster_news_lost_total${here}[15m])`),
          { unit: 'short', min: 0, limits: { orange: 1, red: 20 } },
        ),
        lines(
          'Players moved',
          'Within 15 minutes, to other instances, by what became of them. If they return, the load balancer does not spread them.',
          { '{{instance}} {{outcome}}': `increase(vigia_players_moved_total${here}[15m])` },
          { unit: 'short', min: 0 },
        ),
        lines(
          'Database writes',
          'Median and p99 of the time until a transaction is committed.',
          {
            'p50 {{outcome}}': `histogram_quantile(0.5, sum by (le, outcome) (rate(vigia_database_write_seconds_bucket${here}[$__rate_interval])))`,
            'p99 {{outcome}}': `histogram_quantile(0.99, sum by (le, outcome) (rate(vigia_database_write_seconds_bucket${here}[$__rate_interval])))`,
          },
          { unit: 's', min: 0, limits: { orange: 0.5, red: 2 } },
        ),
        lines(
          'Transactions',
          'Transactions per second, by outcome.',
          { '{{outcome}}': `sum by (outcome) (rate(vigia_database_write_seconds_count${here}[$__rate_interval]))` },
          { unit: 'cps', min: 0 },
        ),
        lines(
          'Screenshots',
          'Bytes stored per second, without thumbnails.',
          {
            'bytes/s': `sum(rate(vigia_picture_bytes_total${here}[$__rate_interval]))`,
          },
          { unit: 'Bps', min: 0 },
        ),
        lines(
          'Alert notifications',
          'Notifications about single devices per minute, by channel. Failed ones are retried.',
          {
            '{{channel}} {{outcome}}': `sum by (channel, outcome) (rate(vigia_notifications_total${here}[$__rate_interval])) * 60`,
          },
          { unit: 'cpm', min: 0 },
        ),
        lines(
          'Screenshot processing time',
          'p95 of the processing time, without the time in the queue.',
          {
            p95: `histogram_quantile(0.95, sum by (le) (rate(vigia_picture_seconds_bucket${here}[$__rate_interval])))`,
          },
          { unit: 's', min: 0, limits: { orange: 2.5, red: 10 } },
        ),
      ],
    },
  ],
};
