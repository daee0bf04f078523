import { type Assessment, assess, connectedAgain, lost, noLosses, type Stability } from '../../machines/stability.ts';
import { type Clock, momentOf } from '../ports/clock.ts';
import type { AlertDetails, AlertName } from '../protocol/alerts.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import type { Finding } from './rules.ts';

/** An actor without a failure for this long counts as working. */
const ACTOR_STEADY_MS = 600_000;
/** A device with fewer losses in the last hour is not evaluated. */
const SUSPECT_LOSSES = 4;
/** Disconnects that say nothing about the connection's quality. */
const NOT_COUNTED = new Set([
  'server_shutdown',
  'server_restart',
  'instance_lost',
  'rebalanced',
  'session_replaced',
  'revoked',
  'blocked',
  'restricted',
  'fleet_full',
]);

export interface DeviceEventsDeps {
  clock: Clock;
  /** Why the device is restricted: the counts that led to it. */
  evidenceOf(deviceId: string): string | undefined;
}

/** Facts about devices that their documents do not contain: failed actors, losses of the last hour, evidence. */
export class DeviceEvents {
  readonly #deps: DeviceEventsDeps;
  /** When the actor of the device last failed too often. */
  readonly #failed = new Map<string, number>();
  readonly #stability = new Map<string, Stability>();
  readonly #suspects = new Set<string>();

  constructor(deps: DeviceEventsDeps) {
    this.#deps = deps;
  }

  actorGaveUp(deviceId: string): void {
    this.#failed.set(deviceId, this.#deps.clock.now());
  }

  /** Call this when a document changed. */
  changed(id: string, after: DeviceDocument | undefined, before: DeviceDocument | undefined): void {
    if (!after || !before) {
      this.#stability.delete(id);
      this.#suspects.delete(id);
      return;
    }
    const [was, is] = [before.connection, after.connection];
    if (was.status === is.status && was.sessionId === is.sessionId) return;
    const now = this.#deps.clock.now();
    const known = this.#stability.get(id) ?? noLosses;
    // A session replaced another whose end was not seen: that connection was lost before.
    const wasLost = was.status === 'online' && (is.status !== 'online' || (!is.conflict && !was.conflict));
    if (wasLost && !NOT_COUNTED.has(is.reason ?? '')) {
      const stability = lost(known, momentOf(this.#deps.clock, was.since), now);
      this.#stability.set(id, is.status === 'online' ? connectedAgain(stability, now) : stability);
      if (stability.losses.length >= SUSPECT_LOSSES) this.#suspects.add(id);
    } else if (known !== noLosses) {
      this.#stability.set(
        id,
        is.status === 'online' ? connectedAgain(known, now) : { ...known, onlineSince: undefined },
      );
    }
  }

  /** Devices whose alerts of these kinds can change now. */
  get concerned(): string[] {
    return [...this.#failed.keys(), ...this.#suspects];
  }

  /** @param isOpen whether this alert is open for the device */
  findings(about: string, isServing: boolean, recoverMs: number, isOpen: (alert: AlertName) => boolean): Finding[] {
    const found: Finding[] = [];
    const now = this.#deps.clock.now();
    const isFailing = now - (this.#failed.get(about) ?? Number.NEGATIVE_INFINITY) < ACTOR_STEADY_MS;
    if (!isFailing) this.#failed.delete(about);
    if (isFailing || isOpen('device_actor_failed')) {
      found.push({ alert: 'device_actor_failed', about, holds: isFailing, forMs: 0, recoverMs: 0 });
    }
    const isUnstableKnown = isOpen('device_unstable');
    if (this.#suspects.has(about) || isUnstableKnown) {
      const { isUnstable, losses } = this.#assess(about);
      if (losses < SUSPECT_LOSSES) this.#suspects.delete(about);
      if (losses === 0) this.#stability.delete(about);
      const holds = isUnstable && !isServing ? undefined : isUnstable;
      found.push({ alert: 'device_unstable', about, holds, forMs: 0, recoverMs });
    }
    return found;
  }

  /** Details of a new alert that the document does not contain. */
  detailsOf(deviceId: string, alert: AlertName): AlertDetails {
    if (alert === 'device_unstable') {
      const { losses, availability } = this.#assess(deviceId);
      return { losses, availability };
    }
    const evidence = alert === 'device_restricted' ? this.#deps.evidenceOf(deviceId) : undefined;
    return evidence === undefined ? {} : { evidence };
  }

  #assess(deviceId: string): Assessment {
    return assess(this.#stability.get(deviceId) ?? noLosses, this.#deps.clock.now());
  }
}
