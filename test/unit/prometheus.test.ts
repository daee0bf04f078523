import { expect, test } from 'vitest';
import { createMetrics } from '../../src/adapters/prometheus.ts';
import { registerGauges } from '../../src/adapters/prometheus-gauges.ts';
import { lossReason } from '../../src/gateway/reasons.ts';
import type { Gauges } from '../../src/ports/metrics.ts';
import { type AlertName, alerts } from '../../src/protocol/alerts.ts';

const gauges: Gauges = {
  fleet: () => ({
    devices: { online: 3, reconnecting: 2, offline: 1 },
    reports: { unknown: 1, live: 4, stale: 1 },
    onAir: { yes: 3, no: 1, unknown: 2 },
    neverSeen: 1,
    silent: 2,
    groups: new Map([['lobby', { online: 3, reconnecting: 2, offline: 1 }]]),
    appVersions: new Map([['2.1.0', 6]]),
    actors: 6,
  }),
  dependencies: () => ({ database: true, redis: false }),
  pendingCommands: () => 7,
  admins: () => 8,
  players: () => 9,
  records: () => ({
    records: { backlog: 10, dropped: 0 },
    changes: { backlog: 11, dropped: 0 },
    audit: { backlog: 12, dropped: 5 },
    periods: { backlog: 13, dropped: 0 },
    events: { backlog: 0, dropped: 2 },
  }),
  disk: () => ({ freeBytes: 30, sizeBytes: 100 }),
  instances: () => 3,
  openAlerts: () => Object.fromEntries(Object.keys(alerts).map((name, i) => [name, i])) as Record<AlertName, number>,
};

/** The exposition text as `name{labels}` → value, and the type and help of each name. */
function parse(text: string) {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  for (const line of text.split('\n').filter((it) => it !== '')) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment) {
      (comment[1] === 'HELP' ? helps : types).set(comment[2] as string, comment[3] as string);
      continue;
    }
    const sample = /^([a-zA-Z_:][\w:]*(?:\{[^}]*\})?) (\S+)$/.exec(line);
    if (!sample) throw new Error(`This is no sample: ${line}`);
    samples.set(sample[1] as string, Number(sample[2]));
  }
  return { samples, types, helps };
}

function metricsOf(...[read, version]: [Gauges, string]) {
  const made = createMetrics();
  registerGauges(made.registry, read, version);
  return made;
}

async function scrape(registry: { metrics(): Promise<string> }) {
  return parse(await registry.metrics());
}

test('M1 events are counted', async () => {
  const { metrics, registry } = metricsOf(gauges, '1.2.3');
  metrics.report(2000);
  metrics.report(1000);
  metrics.reportOvertaken();
  metrics.reportWithoutChange();
  metrics.change();
  metrics.batch(5, 700, 70);
  metrics.batch(1, 300, 30);
  metrics.snapshot('first');
  metrics.resync('too_slow');
  metrics.commandSent('vlc:play');
  metrics.commandEnded('vlc:play', 'success', 0.3);
  metrics.verification('vlc:pause', 'effect');
  metrics.lateResponse();
  metrics.registered();
  metrics.takeover();
  metrics.conflict();
  metrics.restricted('flapping');
  metrics.connectionLost('no_heartbeat');
  metrics.actorRestarted();
  metrics.uncaughtError();
  metrics.authFailure('player', 'wrong');
  metrics.refused('admin', 'forbidden');
  metrics.transportClosed('rate_limited');
  metrics.request('GET', 2, 0.02);
  metrics.request('BREW', 4, 0.02);
  metrics.messagesLost();
  metrics.playerMoved('arrived');

  const { samples } = await scrape(registry);
  expect(Object.fromEntries([...samples].filter(([name]) => name.startsWith('vigia_')))).toMatchObject({
    vigia_reports_total: 2,
    vigia_report_bytes_total: 3000,
    vigia_reports_overtaken_total: 1,
    vigia_reports_unchanged_total: 1,
    vigia_changes_total: 1,
    vigia_stream_batches_total: 2,
    vigia_stream_updates_total: 6,
    'vigia_stream_bytes_total{encoding="json"}': 1000,
    'vigia_stream_bytes_total{encoding="deflate"}': 100,
    'vigia_stream_snapshots_total{reason="first"}': 1,
    'vigia_stream_resyncs_total{reason="too_slow"}': 1,
    'vigia_commands_sent_total{command="vlc:play"}': 1,
    'vigia_commands_total{command="vlc:play",status="success"}': 1,
    'vigia_command_duration_seconds_bucket{le="0.25",command="vlc:play",status="success"}': 0,
    'vigia_command_duration_seconds_bucket{le="0.5",command="vlc:play",status="success"}': 1,
    'vigia_command_duration_seconds_sum{command="vlc:play",status="success"}': 0.3,
    'vigia_command_verifications_total{command="vlc:pause",verdict="effect"}': 1,
    vigia_late_responses_total: 1,
    vigia_registrations_total: 1,
    vigia_takeovers_total: 1,
    vigia_conflicts_total: 1,
    'vigia_restrictions_total{reason="flapping"}': 1,
    'vigia_restrictions_total{reason="oversized"}': 0,
    'vigia_connections_lost_total{reason="no_heartbeat"}': 1,
    vigia_actor_restarts_total: 1,
    vigia_uncaught_errors_total: 1,
    'vigia_auth_failures_total{audience="player",reason="wrong"}': 1,
    'vigia_refused_total{audience="admin",code="forbidden"}': 1,
    'vigia_transports_closed_total{reason="rate_limited"}': 1,
    'vigia_http_request_seconds_count{method="GET",status="2xx"}': 1,
    'vigia_http_request_seconds_count{method="other",status="4xx"}': 1,
    vigia_cluster_news_lost_total: 1,
    'vigia_players_moved_total{outcome="arrived"}': 1,
  });
});

test('M1 the fleet is counted once for each scrape', async () => {
  let counted = 0;
  const fleet = () => {
    counted++;
    return gauges.fleet();
  };
  const { registry } = metricsOf({ ...gauges, fleet }, '1.2.3');
  await scrape(registry);
  await scrape(registry);
  expect(counted).toBe(2);
});

test('M1 gauges are read on each scrape', async () => {
  let players = 9;
  const { registry } = metricsOf({ ...gauges, players: () => players }, '1.2.3');
  const { samples } = await scrape(registry);
  expect(Object.fromEntries(samples)).toMatchObject({
    'vigia_devices{status="online"}': 3,
    'vigia_devices{status="reconnecting"}': 2,
    'vigia_devices{status="offline"}': 1,
    'vigia_device_reports{status="stale"}': 1,
    vigia_devices_never_seen: 1,
    vigia_devices_silent: 2,
    'vigia_group_devices{group="lobby",status="reconnecting"}': 2,
    'vigia_app_versions{version="2.1.0"}': 6,
    'vigia_dependency_up{dependency="database"}': 1,
    'vigia_dependency_up{dependency="redis"}': 0,
    vigia_actors: 6,
    vigia_commands_pending: 7,
    vigia_admins: 8,
    vigia_players: 9,
    'vigia_store_backlog{of="records"}': 10,
    'vigia_store_backlog{of="periods"}': 13,
    'vigia_records_lost_total{of="audit"}': 5,
    'vigia_records_lost_total{of="changes"}': 0,
    'vigia_records_lost_total{of="events"}': 2,
    vigia_disk_free_bytes: 30,
    vigia_disk_size_bytes: 100,
    vigia_instances: 3,
    'vigia_alerts_open{alert="device_not_on_air"}': 1,
    [`vigia_build_info{version="1.2.3",node="${process.version}"}`]: 1,
  });
  players = 11;
  expect((await scrape(registry)).samples.get('vigia_players')).toBe(11);
  expect((await scrape(registry)).samples.get('vigia_reports_total')).toBe(0);
});

test('M1 the process exports its event loop, memory and garbage collection', async () => {
  const { types } = await scrape(metricsOf(gauges, '1.2.3').registry);
  for (const name of [
    'nodejs_eventloop_lag_p99_seconds',
    'process_resident_memory_bytes',
    'nodejs_gc_duration_seconds',
  ])
    expect(types.has(name), name).toBe(true);
});

test('M1 external texts create no time series: they count as other', async () => {
  const { metrics, registry } = metricsOf(gauges, '1.2.3');
  for (let i = 0; i < 100; i++) {
    metrics.connectionLost(`reason ${i}`);
    metrics.transportClosed(`reason ${i}`);
    metrics.authFailure('rest', `reason ${i}`);
    metrics.resync(`reason ${i}`);
  }
  const { samples } = await scrape(registry);
  expect(samples.get('vigia_connections_lost_total{reason="other"}')).toBe(100);
  expect(samples.get('vigia_transports_closed_total{reason="other"}')).toBe(100);
  expect(samples.get('vigia_auth_failures_total{audience="rest",reason="other"}')).toBe(100);
  expect(samples.get('vigia_stream_resyncs_total{reason="other"}')).toBe(100);
});

test('M1 external names are bounded: fifty groups and versions, the others together, and removed ones disappear', async () => {
  const one = { online: 1, reconnecting: 0, offline: 0 };
  let groups = new Map(Array.from({ length: 80 }, (_, i) => [`group ${i}`, one]));
  groups.set('', { online: 0, reconnecting: 0, offline: 9 });
  const appVersions = () => new Map(Array.from({ length: 80 }, (_, i) => [`1.0.${i}`, 80 - i]));
  const { registry } = metricsOf(
    { ...gauges, fleet: () => ({ ...gauges.fleet(), groups, appVersions: appVersions() }) },
    '1.2.3',
  );
  const { samples } = await scrape(registry);
  const named = (name: string) => [...samples.keys()].filter((it) => it.startsWith(name)).length;
  expect(named('vigia_group_devices')).toBe(51 * 3);
  expect(named('vigia_app_versions')).toBe(51);
  expect(samples.get('vigia_group_devices{group="(none)",status="offline"}')).toBe(9);
  expect(samples.get('vigia_group_devices{group="(other)",status="online"}')).toBe(31);
  groups = new Map();
  expect([...(await scrape(registry)).samples.keys()].filter((it) => it.startsWith('vigia_group'))).toEqual([]);
});

test('M1 every metric has a help text, and a name that fits its type', async () => {
  const { types, helps } = await scrape(metricsOf(gauges, '1.2.3').registry);
  const own = [...types].filter(([name]) => name.startsWith('vigia_'));
  expect(own.length).toBeGreaterThan(25);
  for (const [name, type] of own) {
    expect(helps.get(name)?.length, name).toBeGreaterThan(10);
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
  }
});

test('two registries are independent', async () => {
  const one = metricsOf(gauges, '1.2.3');
  const other = metricsOf(gauges, '1.2.3');
  one.metrics.takeover();
  expect((await scrape(other.registry)).samples.get('vigia_takeovers_total')).toBe(0);
});

test.each([
  'transport close',
  'transport error',
  'ping timeout',
  'parse error',
  'client namespace disconnect',
  'server namespace disconnect',
  'server shutting down',
  'forced close',
])('M1 the gateway’s reason "%s" has its own label', async (reason) => {
  const { metrics, registry } = metricsOf(gauges, '1.2.3');
  metrics.connectionLost(lossReason({}, reason, undefined));
  const label = `vigia_connections_lost_total{reason="${lossReason({}, reason, undefined)}"}`;
  expect((await scrape(registry)).samples.get(label)).toBe(1);
});
