import { type Alert, shownAlert, stateOf } from '../protocol/alerts.ts';
import type { CommandRecord } from '../protocol/commands.ts';
import type { DeviceDocument, Update } from '../protocol/document.ts';
import type { Rollout } from '../protocol/rollouts.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import type { EventType } from '../protocol/webhooks.ts';

/** An event to send to webhooks. */
export interface Event {
  type: EventType;
  /** Identifies the event, whichever instance reports it: receivers use it to drop duplicates. */
  key: string;
  /** Milliseconds since the epoch. */
  at: number;
  group: string | null;
  data: Record<string, unknown>;
}

/** Derives events from the changes of device documents. */
export class DeviceChanges {
  /** Last known on-air status of each device. An unknown status in between is no change. */
  readonly #proven = new Map<string, 'yes' | 'no'>();

  of(
    { deviceId, version, at }: Update,
    after: DeviceDocument | undefined,
    before: DeviceDocument | undefined,
  ): Event[] {
    if (!after) {
      this.#proven.delete(deviceId);
      return [];
    }
    const events: Event[] = [];
    const add = (type: EventType, data: Record<string, unknown>) => {
      const { group } = after;
      events.push({
        type,
        key: `${deviceId} ${version}`,
        at: Date.parse(at),
        group,
        data: { ...about(after), ...data },
      });
    };
    const [was, is] = [before?.connection.status ?? 'offline', after.connection.status];
    const { since, reason, address } = after.connection;
    // A short loss (`reconnecting`) and the return from it are no events.
    if (was === 'offline' && is === 'online') add('device.online', { since, address });
    if (was !== 'offline' && is === 'offline')
      add('device.offline', { since, ...(reason !== undefined && { reason }) });
    if (this.#isOtherOnAir(deviceId, before?.onAir.status, after.onAir.status)) {
      const { status, item, playlist } = after.playback;
      add('device.on_air', { onAir: after.onAir, playback: { status, item, playlist } });
    }
    return events;
  }

  #isOtherOnAir(id: string, was: string | undefined, is: string): boolean {
    // The recorded status is the last one sent, by any instance.
    if (was === 'yes' || was === 'no') this.#proven.set(id, was);
    if (is !== 'yes' && is !== 'no') return false;
    const known = this.#proven.get(id);
    this.#proven.set(id, is);
    // Unknown, as after a restart: there is no evidence of a change.
    return known !== undefined && known !== is;
  }
}

export function commandEnded(record: CommandRecord, device: DeviceDocument | undefined): Event {
  const { params: _, result: __, deadlineAt: ___, deviceId, endedAt = record.requestedAt, ...facts } = record;
  return {
    type: 'command.ended',
    key: record.commandId,
    at: Date.parse(endedAt),
    group: device?.group ?? null,
    data: { ...(device ? about(device) : { device: { id: deviceId } }), command: { ...facts, endedAt } },
  };
}

export function screenshotStored(snapshot: Snapshot, device: DeviceDocument): Event {
  return {
    type: 'device.screenshot',
    key: snapshot.url,
    at: Date.parse(snapshot.takenAt),
    group: device.group,
    data: { ...about(device), screenshot: snapshot },
  };
}

export function alertChanged(alert: Alert): Event {
  const state = stateOf(alert);
  const { id, about: subject, openedAt, resolvedAt = openedAt, group } = alert;
  return {
    type: state === 'open' ? 'alert.opened' : 'alert.resolved',
    key: `${id} ${state}`,
    at: resolvedAt,
    group: group ?? /^group (.+)$/s.exec(subject)?.[1] ?? null,
    data: { alert: shownAlert(alert) },
  };
}

/** @param groups the groups of its devices; null if some have none */
export function rolloutEvent(
  type: 'rollout.stopped' | 'rollout.ended',
  { params: _, settings: __, ...rollout }: Rollout,
  groups: readonly string[] | null,
): Event {
  const [only, ...others] = groups ?? [];
  return {
    type,
    key: `${rollout.id} ${rollout.since}`,
    at: Date.parse(rollout.endedAt ?? rollout.since),
    group: others.length === 0 ? (only ?? null) : null,
    data: { rollout },
  };
}

const about = ({ id, name, group }: DeviceDocument) => ({ device: { id, name, group } });
