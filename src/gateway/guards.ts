import type { Logger } from 'pino';
import type { Restriction } from '../../machines/restriction.ts';
import type { DeviceHost } from '../fleet/device-host.ts';
import type { Audit } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { type BudgetDeps, DeviceBudgets } from './budgets.ts';
import { Enrolment, type EnrolmentDeps } from './enrolment.ts';

export interface GuardDeps {
  devices: { find(id: string): DeviceHost | undefined; get(id: string): unknown; readonly size: number };
  clock: Clock;
  log: Logger;
  audit: Audit;
  metrics: Pick<Metrics, 'restricted'>;
  settings: BudgetDeps['settings'] & EnrolmentDeps['settings'];
}

export interface Guards {
  budgets: DeviceBudgets;
  enrolment: Enrolment;
  /** What an alert is to tell. */
  faults(): { fleet_full: boolean };
}

/** A device that goes on for a day leaves no more than one audit record in so long. */
const AUDIT_MS = 600_000;

/** What keeps one device, or one address, from harming the others: see `DeviceBudgets` and `Enrolment`. */
export function createGuards({ devices, clock, log, audit, metrics, settings }: GuardDeps): Guards {
  const auditedAt = new Map<string, number>();

  function record(deviceId: string, { why, evidence }: Restriction): void {
    const now = clock.now();
    for (const [id, at] of auditedAt) {
      if (now - at < AUDIT_MS) break;
      auditedAt.delete(id);
    }
    if (auditedAt.has(deviceId)) return;
    auditedAt.set(deviceId, now);
    audit.record({ actor: 'server', kind: 'device.restricted', deviceId, outcome: 'ok', details: { why, evidence } });
  }

  const budgets = new DeviceBudgets({
    clock,
    settings,
    restricted(deviceId, restriction) {
      devices.find(deviceId)?.restricted(restriction);
      if (!restriction) return;
      const { why, evidence, since, until } = restriction;
      log.warn({ deviceId, why, evidence, pauseMs: until - since }, 'device restricted');
      metrics.restricted(why);
      record(deviceId, restriction);
    },
  });
  const enrolment = new Enrolment({ devices, clock, log, settings });
  return { budgets, enrolment, faults: () => ({ fleet_full: enrolment.refusedLately }) };
}
