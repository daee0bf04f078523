import pino from 'pino';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import type { AlertRecord } from '../../src/alerts/alert-store.ts';
import { Alerts } from '../../src/alerts/alerts.ts';
import { DeviceEvents } from '../../src/alerts/device-events.ts';
import { newDocument, time } from '../../src/fleet/document.ts';
import { type Alert, type AlertName, stateOf } from '../../src/protocol/alerts.ts';
import type { Connection, DeviceDocument, VersionedDocument } from '../../src/protocol/document.ts';
import type { ErrorCode } from '../../src/protocol/errors.ts';
import { noMetrics } from './no-metrics.ts';
import { simulatedClock } from './simulated-clock.ts';

export const MINUTE = 60_000;
const GRACE_MS = 15_000;

/** The alert engine alone, with a fleet of documents that the test sets and a channel that records all messages. */
export async function openAlerts(start?: number) {
  const clock = simulatedClock(start);
  const known = new Map<string, VersionedDocument>();
  let changed = new Set<string>();
  let looks = 0;
  const told: string[] = [];
  const heard: Alert[] = [];
  const decided: string[] = [];
  const failing = new Set<string>();
  let built = 0;
  const faults = { server_database_lost: false, server_disk_full: false, fleet_full: false };
  let store = createMemoryStateStore();
  let isRefusing = false;
  let life = clock.life();
  let alerts: Alerts;
  let events: DeviceEvents;
  const evidence = new Map<string, string>();

  const line = (alert: Alert) => `${stateOf(alert)} ${alert.alert} ${alert.about}`;
  const hear = (some: readonly Alert[], by = ''): string => {
    told.push(...some.map((it) => by + line(it)));
    heard.push(...some);
    return 'answered 200';
  };
  const open = async () => {
    life = clock.life();
    changed = new Set();
    events = new DeviceEvents({ clock, evidenceOf: (id) => evidence.get(id) });
    alerts = new Alerts({
      events,
      devices: {
        get: (id) => {
          looks++;
          return known.get(id);
        },
        all: () => {
          looks += known.size;
          return known.values();
        },
      },
      changed,
      share: { isShared: false, holder: (id) => (known.has(id) ? 'us' : 'nobody'), nodes: () => ['n1'] },
      node: 'n1',
      faults: () => faults,
      store: {
        ...store,
        committed: () => (isRefusing ? Promise.reject(new Error('the disk is full')) : store.committed()),
      },
      graceMs: GRACE_MS,
      history: { list: async () => [], acts: async () => new Map(), notifications: async () => [] },
      notifiers: [
        {
          channel: 'webhook',
          kind: 'webhook',
          variable: 'ALERT_WEBHOOK_URL',
          target: 'example.org',
          batch: 10,
          send: async (some) => hear(some),
        },
      ],
      notifierOf: (channel, { kind, name }) => {
        built++;
        return {
          channel,
          kind,
          batch: 10,
          send: async (some) => {
            if (failing.has(name)) throw new Error('answered 503');
            return hear(some, `${name}: `);
          },
          test: async () => 'answered 200',
        };
      },
      alertChanged: (alert) => void decided.push(line(alert)),
      clock: life.clock,
      log: pino({ level: 'silent' }),
      metrics: noMetrics(),
    });
    await alerts.start();
  };
  await open();
  // Skips the quiet period after a start, which has a test of its own.
  await clock.advance(4 * GRACE_MS);

  const set = (id: string, change: Partial<DeviceDocument>) => {
    const before = known.get(id)?.document ?? newDocument(id, clock.wall(), 30_000);
    known.set(id, { version: 1, document: { ...before, ...change } });
    events.changed(id, known.get(id)?.document, before);
    changed.add(id);
  };
  const connection = (id: string, change: Partial<Connection>) => {
    const before = known.get(id)?.document.connection ?? newDocument(id, clock.wall(), 30_000).connection;
    set(id, { connection: { ...before, since: time(clock.wall()), ...change } });
  };
  return {
    clock,
    told,
    heard,
    /** What was opened and resolved. */
    decided,
    /** Names of channels whose receivers fail. */
    failing,
    /** How often a notifier was made for a channel. */
    get built() {
      return built;
    },
    faults,
    evidence,
    set,
    connection,
    get alerts() {
      return alerts;
    },
    online: (id: string, group: string | null = null, address = `address of ${id}`) => {
      set(id, { group });
      connection(id, { status: 'online', lastSeenAt: time(clock.wall()), address });
    },
    lose: (id: string) => connection(id, { status: 'offline', reason: 'connection_lost' }),
    onAir: (id: string, status: 'yes' | 'no' | 'unknown') =>
      set(id, { onAir: { status, since: time(clock.wall()), why: status === 'yes' ? 'playing' : 'stopped' } }),
    refuse: (id: string, code: ErrorCode | undefined) => {
      const { refused: _, ...report } = (known.get(id) as VersionedDocument).document.report;
      set(id, { report: code ? { ...report, refused: { code, at: time(clock.wall()) } } : report });
    },
    remove: (id: string) => {
      known.delete(id);
      changed.add(id);
    },
    get: (id: string) => known.get(id)?.document,
    /** Number of documents read. */
    get looks() {
      return looks;
    },
    /** Marks all devices as changed. */
    changeAll: () => {
      for (const id of known.keys()) changed.add(id);
    },
    /** Devices in open alerts. */
    devicesOf: async (name: AlertName) => {
      const records = [...(await store.load<AlertRecord>('alerts')).values()];
      return records.find(({ alert }) => alert.alert === name && stateOf(alert) === 'open')?.alert.devices;
    },
    /** Nothing can be stored for now. */
    refuseWrites: (is: boolean) => {
      isRefusing = is;
    },
    /** Simulates a restart: another process continues from the stored data. */
    restart: async () => {
      life.end();
      store = store.crash();
      await open();
    },
  };
}
