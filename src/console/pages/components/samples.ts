import type { DeviceDocument } from '../../../protocol/document.ts';
import type { Fleet } from '../../core/fleet.ts';
import type { ScreenStatus } from '../../core/screen-status.ts';

const MINUTE = 60_000;
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE).toISOString();

/** A device that is shown with this status. */
function sample(status: ScreenStatus): DeviceDocument {
  const since = ago(12);
  const isConnected = !['awaiting', 'offline', 'notReturned', 'reconnecting'].includes(status);
  const reason = {
    awaiting: 'never_connected',
    offline: 'no_heartbeat',
    notReturned: 'server_shutdown',
    reconnecting: 'connection_lost',
  }[status as string];
  return {
    id: `sample-${status}`,
    name: status === 'offAir' ? 'The screen with the longest name that fits in two lines' : `Screen ${status}`,
    type: 'player',
    group: 'Mendoza/Centro',
    appVersion: '2.4.1',
    network: null,
    labels: {},
    connection: {
      status: isConnected ? 'online' : status === 'reconnecting' ? 'reconnecting' : 'offline',
      since,
      lastSeenAt: status === 'awaiting' ? null : since,
      ...(reason && { reason }),
      address: '192.0.2.7',
      sessionId: null,
      node: null,
      clockSkewMs: 0,
      ...(status === 'conflict' && { conflict: { since, places: ['192.0.2.7', '192.0.2.8'] } }),
      ...(status === 'restricted' && { restricted: { since, until: ago(-1), why: 'flapping' } }),
    },
    report: {
      status: status === 'awaiting' ? 'unknown' : status === 'unknown' ? 'stale' : 'live',
      receivedAt: since,
      measuredAt: status === 'awaiting' ? null : status === 'unknown' ? ago(180) : ago(0),
      intervalMs: 30_000,
    },
    playback: {
      status: status === 'awaiting' ? 'unknown' : status === 'offAir' ? 'paused' : 'playing',
      item: status === 'awaiting' ? null : 'Autumn looks, part 2.mp4',
      playlist: status === 'awaiting' ? null : 'Autumn',
      fullscreen: true,
      volume: 80,
    },
    onAir: {
      status: status === 'onAir' ? 'yes' : status === 'offAir' ? 'no' : 'unknown',
      since,
      why:
        status === 'onAir'
          ? 'playing'
          : status === 'offAir'
            ? 'paused'
            : status === 'unknown'
              ? 'not measured'
              : 'not connected',
    },
    capabilities: { commands: [] },
    state: {},
    commands: {},
  };
}

/** A fleet that never changes, with one device of each status. */
export function sampleFleet(statuses: readonly ScreenStatus[]): Fleet {
  const documents = statuses.map(sample);
  return {
    devices: new Map(documents.map((document) => [document.id, { version: 1, document }])),
    onDevice: () => () => {},
    onFlush: () => () => {},
  };
}
