import type { Logger } from 'pino';
import type { Restriction } from '../../machines/restriction.ts';
import type { PlayerDevices } from '../fleet/api.ts';
import type { Audit } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import type { BudgetDeps, DeviceBudgets } from './budgets.ts';
import { Enrolment, type EnrolmentDeps } from './enrolment.ts';

export interface GuardDeps {
  budgets: DeviceBudgets;
  devices: Pick<PlayerDevices, 'find' | 'forward'> & EnrolmentDeps['devices'];
  clock: Clock;
  log: Logger;
  audit: Audit;
  metrics: Pick<Metrics, 'restricted'>;
  settings: EnrolmentDeps['settings'];
}

export interface Guards {
  budgets: DeviceBudgets;
  enrolment: Enrolment;
  /** What the budgets decide. */
  restricted: BudgetDeps['restricted'];
  addressRestricted: BudgetDeps['addressRestricted'];
  /** Applies restrictions that other instances show in a device's document, and their end. */
  follow(deviceId: string, after: DeviceDocument | undefined, before: DeviceDocument | undefined): void;
  /** Faults to alert on. */
  faults(): { fleet_full: boolean };
}

/** At most one audit entry per device in this time, however long it misbehaves. */
const AUDIT_MS = 600_000;

/** Replication delays the end of a restriction, but by less than this. */
const LIFTED_MS = 2000;

/** Protects the server from single devices and addresses: see `DeviceBudgets` and `Enrolment`. */
export function createGuards({ budgets, devices, clock, log, audit, metrics, settings }: GuardDeps): Guards {
  const auditedAt = new Map<string, number>();

  /** @param about a device, or the address of connections without a device id */
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

  function restricted(...[deviceId, restriction, isImposed]: Parameters<Guards['restricted']>): void {
    const host = devices.find(deviceId);
    host?.restricted(restriction);
    if (!restriction || isImposed) return;
    const { why, evidence, since, until } = restriction;
    // A second socket of a device that is registered elsewhere: that instance has its document.
    if (!host) devices.forward(deviceId, { restricted: { why, evidence, forMs: until - since } });
    log.warn({ deviceId, why, evidence, pauseMs: until - since }, 'device restricted');
    metrics.restricted(why);
    record({ deviceId }, restriction);
  }

  function addressRestricted(address: string, restriction: Restriction): void {
    const { why, evidence, since, until } = restriction;
    log.warn(
      { address, why, evidence, pauseMs: until - since },
      'connections from this address without a device id are restricted',
    );
    metrics.restricted(why);
    record({ address }, restriction);
  }

  function follow(...[deviceId, after, before]: Parameters<Guards['follow']>): void {
    const [is, was] = [after?.connection.restricted, before?.connection.restricted];
    if (is && is.since !== was?.since) {
      const forMs = Date.parse(is.until) - Date.parse(is.since);
      budgets.impose(deviceId, { why: is.why, evidence: '', forMs });
    } else if (was && !is) {
      const left = (budgets.restrictionOf(deviceId)?.until ?? 0) - clock.now();
      // Near its end the restriction simply expires, and its history is kept.
      if (left > LIFTED_MS) budgets.lift(deviceId);
    }
  }

  const enrolment = new Enrolment({ devices, clock, log, settings });
  const faults = () => ({ fleet_full: enrolment.refusedLately });
  return { budgets, enrolment, restricted, addressRestricted, follow, faults };
}
