import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import type { ScheduleDesk } from '../../src/http/schedules.ts';
import { LocalTime } from '../../src/ports/local-time.ts';
import type { StoredRun } from '../../src/ports/schedule-runs.ts';
import { WallTime } from '../../src/ports/wall-time.ts';
import type { VersionedDocument } from '../../src/protocol/document.ts';
import { Calendar } from '../../src/schedules/calendar.ts';
import { ScheduleStore } from '../../src/schedules/schedule-store.ts';
import { Schedules } from '../../src/schedules/schedules.ts';
import { Targets } from '../../src/schedules/targets.ts';
import { AT } from './http-harness.ts';

/** Schedules that never run on their own; the test provides their runs. */
export function scheduleDesk(known: ReadonlyMap<string, VersionedDocument>, runs: StoredRun[] = []): ScheduleDesk {
  const clock = {
    now: () => Date.parse(AT),
    wall: (at = Date.parse(AT)) => at,
    setTimeout: () => 0,
    clearTimeout() {},
  };
  const devices = { all: () => known.values(), get: (id: string) => known.get(id) };
  return new Schedules({
    scheduleStore: new ScheduleStore(createMemoryStateStore(), clock, () => {}),
    calendar: new Calendar(new WallTime()),
    targets: new Targets({ devices, policies: { of: () => ({}) }, local: new LocalTime() }),
    runs: {
      list: async (scheduleId, limit) => runs.filter((it) => it.scheduleId === scheduleId).slice(0, limit),
      last: async (ids) =>
        new Map(runs.toReversed().flatMap((it) => (ids.includes(it.scheduleId) ? [[it.scheduleId, it]] : []))),
      deviceIds: async () => new Set(),
      outcomes: async (ids) => new Map(ids.map((id) => [id, { success: 2, pending: 1 }])),
    },
    devices,
    identity: (tokenId) => ({ tokenId, name: 'somebody', role: 'operator' }),
    clock,
  });
}
