import pino from 'pino';
import type { MemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { openSchedules } from '../../src/compose/schedules.ts';
import type { AuditRecord } from '../../src/ports/audit.ts';
import type { RunLog, StoredRun } from '../../src/ports/schedule-runs.ts';
import type { Identity, SendCommand } from '../../src/protocol/admin.ts';
import type { DeviceDocument } from '../../src/protocol/document.ts';
import type { NewSchedule } from '../../src/protocol/schedules.ts';
import { deviceDocument } from './http-harness.ts';
import { noMetrics } from './no-metrics.ts';
import { type SimulatedClock, simulatedClock } from './simulated-clock.ts';

export const ana: Identity = { tokenId: 't-ana', name: 'ana', role: 'operator' };
export const everybody = { groups: undefined, hasGroup: () => true, knows: () => true, sees: () => true };
export const daily: NewSchedule = {
  name: 'Opening',
  enabled: true,
  command: 'play',
  target: { all: true },
  start: '2026-03-01T08:00',
  rrule: 'FREQ=DAILY',
  missed: 'skip',
};

class Killed extends Error {}

export interface World {
  clock: SimulatedClock;
  documents: Map<string, DeviceDocument>;
  /** The commands that each device got. A known id starts nothing (C2). */
  sent: Map<string, string[]>;
  requests: SendCommand[];
  cancelled: string[];
  audited: AuditRecord[];
  tokens: Map<string, Identity>;
  unreachable: Set<string>;
  /** How often the log of runs was read. */
  reads: number;
}

export function newWorld(at = '2026-03-01T07:00:00Z'): World {
  return {
    clock: simulatedClock(Date.parse(at)),
    documents: new Map(),
    sent: new Map(),
    requests: [],
    cancelled: [],
    audited: [],
    tokens: new Map([[ana.tokenId, ana]]),
    unreachable: new Set(),
    reads: 0,
  };
}

/** A process with its schedules, which can be killed at its n-th write or request. */
export async function start(
  world: World,
  store: MemoryStateStore,
  { node = 'n1', nodes = () => [node], killAfter = Number.POSITIVE_INFINITY } = {},
) {
  const { documents, sent, requests } = world;
  const life = world.clock.life();
  let left = killAfter;
  let remains: MemoryStateStore | undefined;
  const step = () => {
    if (!remains && --left > 0) return;
    remains ??= store.crash();
    life.end();
    throw new Killed();
  };
  const stepping: MemoryStateStore = {
    ...store,
    put: (...put) => {
      if (put[0] === 'schedule-runs') step();
      store.put(...put);
    },
  };
  const runsOf = async (scheduleId: string) => {
    const all = [...(await store.load<StoredRun>('schedule-runs')).values()];
    return all.filter((run) => run.scheduleId === scheduleId).sort((a, b) => (a.id < b.id ? 1 : -1));
  };
  const runs: RunLog = {
    list: async (id, limit) => {
      world.reads++;
      return (await runsOf(id)).slice(0, limit);
    },
    last: async (ids) => {
      world.reads++;
      const found = await Promise.all(ids.map(async (id) => [id, (await runsOf(id))[0]] as const));
      return new Map(found.flatMap(([id, run]) => (run ? [[id, run]] : [])));
    },
    outcomes: async () => new Map(),
    deviceIds: async (runId) => {
      const known = await store.load<{ record: { deviceId: string }; batch: string }>('commands');
      return new Set([...known.values()].flatMap(({ record, batch }) => (batch === runId ? record.deviceId : [])));
    },
  };
  const kept = openSchedules({
    store: stepping,
    runs,
    devices: {
      all: () => [...documents.values()].map((document) => ({ version: 1, document })),
      get: (id) => {
        const document = documents.get(id);
        return document && { version: 1, document };
      },
    },
    desk: {
      send: async (request) => {
        step();
        requests.push(request);
        const answers = (request.deviceIds ?? []).map((deviceId) => {
          const commandId = `${request.commandId}:${deviceId}`;
          if (world.unreachable.has(deviceId)) {
            const error = { code: 'unavailable', message: '' };
            return { commandId, deviceId, status: 'undelivered' as const, error };
          }
          const had = sent.get(deviceId) ?? [];
          if (!had.includes(commandId)) sent.set(deviceId, [...had, commandId]);
          store.put('commands', commandId, { record: { commandId, deviceId }, batch: request.commandId });
          return { commandId, deviceId, status: 'queued' as const };
        });
        await store.committed();
        step();
        return answers;
      },
      cancel: async (commandId) => {
        world.cancelled.push(commandId);
        return 'cancelled';
      },
    },
    tokens: { identity: (id) => world.tokens.get(id) },
    policies: { of: () => ({}) },
    share: { nodes, isShared: nodes().length > 1 },
    node,
    audit: { record: (it) => void world.audited.push(it) },
    metrics: noMetrics(),
    clock: life.clock,
    log: pino({ level: 'silent' }),
  });
  await kept.start();
  return {
    ...kept,
    get remains() {
      return remains;
    },
    kill(): MemoryStateStore {
      remains ??= store.crash();
      life.end();
      left = 0;
      return remains;
    },
  };
}

export const add = (world: World, id: string, more: Partial<DeviceDocument> = {}) =>
  world.documents.set(id, deviceDocument(id, more));
export const inZone = (timezone: string) => ({ state: { system: { timezone } } });
export const stored = async (store: MemoryStateStore, id: string) =>
  (await store.find<StoredRun>('schedule-runs', id))[0];
