import type { Logger } from 'pino';
import type { Restriction } from '../../machines/restriction.ts';
import type { PlayerDevices } from '../fleet/api.ts';
import type { Audit } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import { type BudgetDeps, DeviceBudgets } from './budgets.ts';
import { Enrolment, type EnrolmentDeps } from './enrolment.ts';

export interface GuardDeps {
  devices: Pick<PlayerDevices, 'find' | 'forward'> & EnrolmentDeps['devices'];
  clock: Clock;
  log: Logger;
  audit: Audit;
  metrics: Pick<Metrics, 'restricted'>;
  settings: BudgetDeps['settings'] & EnrolmentDeps['settings'];
}

export interface Guards {
  budgets: DeviceBudgets;
  enrolment: Enrolment;
  /** What is in force where a device is held, as its document says, holds here too, and is lifted here with it. */
  follow(deviceId: string, after: DeviceDocument | undefined, before: DeviceDocument | undefined): void;
  /** What an alert is to tell. */
  faults(): { fleet_full: boolean };
}

/** A device that goes on for a day leaves no more than one audit record in so long. */
const AUDIT_MS = 600_000;

/** News of an end come later than here, but not by so much. */
const LIFTED_MS = 2000;

/** What keeps one device, or one address, from harming the others: see `DeviceBudgets` and `Enrolment`. */
export function createGuards({ devices, clock, log, audit, metrics, settings }: GuardDeps): Guards {
  const auditedAt = new Map<string, number>();

  /** @param about a device, or the address of what comes without an id */
  function record(about: { deviceId: string } | { address: string }, { why, evidence }: Restriction): void {
    const now = clock.now();
    const key = JSON.stringify(about);
    for (const [id, at] of auditedAt) {
      if (now - at < AUDIT_MS) break;
      auditedAt.delete(id);
    }
    if (auditedAt.has(key)) return;
    auditedAt.set(key, now);
    const [device, where] = 'deviceId' in about ? [about, {}] : [{}, about];
    const details = { why, evidence, ...where };
    audit.record({ actor: 'server', kind: 'device.restricted', ...device, outcome: 'ok', details });
  }

  const budgets = new DeviceBudgets({
    clock,
    settings,
    restricted(deviceId, restriction, isImposed) {
      const host = devices.find(deviceId);
      host?.restricted(restriction);
      if (!restriction || isImposed) return;
      const { why, evidence, since, until } = restriction;
      // Of a socket beside the one that registered elsewhere: its document is there.
      if (!host) devices.forward(deviceId, { restricted: { why, evidence, forMs: until - since } });
      log.warn({ deviceId, why, evidence, pauseMs: until - since }, 'device restricted');
      metrics.restricted(why);
      record({ deviceId }, restriction);
    },
    addressRestricted(address, restriction) {
      const { why, evidence, since, until } = restriction;
      log.warn(
        { address, why, evidence, pauseMs: until - since },
        'what comes from an address without an id is restricted',
      );
      metrics.restricted(why);
      record({ address }, restriction);
    },
  });
  function follow(...[deviceId, after, before]: Parameters<Guards['follow']>): void {
    const [is, was] = [after?.connection.restricted, before?.connection.restricted];
    if (is && is.since !== was?.since) {
      const forMs = Date.parse(is.until) - Date.parse(is.since);
      budgets.impose(deviceId, { why: is.why, evidence: '', forMs });
    } else if (was && !is) {
      const left = (budgets.restrictionOf(deviceId)?.until ?? 0) - clock.now();
      // Otherwise it ends by itself, and is not forgotten.
      if (left > LIFTED_MS) budgets.lift(deviceId);
    }
  }

  const enrolment = new Enrolment({ devices, clock, log, settings });
  return { budgets, enrolment, follow, faults: () => ({ fleet_full: enrolment.refusedLately }) };
}
