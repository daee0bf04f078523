import type { DeviceRecord } from '../../src/fleet/device-context.ts';
import { newDocument } from '../../src/fleet/document.ts';
import type { LedgerEntry } from '../../src/fleet/ledger-entry.ts';
import type { Collection } from '../../src/ports/state-store.ts';

/** Example records of each collection. `n` distinguishes them; a later record has a larger one. */
export const records = {
  devices: (id: string, n = 1): DeviceRecord => ({
    version: n,
    document: { ...newDocument(id, 1_785_000_000_000, 30_000), name: `Küche ☕ ${n}`, labels: { floor: '1' } },
    edited: ['name', 'labels'],
  }),
  commands: (commandId: string, n = 1): LedgerEntry => ({
    record: {
      commandId,
      deviceId: 'd',
      command: 'vlc:play',
      params: { path: '/media/ä.mp4' },
      status: 'sent',
      attempts: n,
      requestedBy: 'admin',
      requestedAt: '2026-07-25T10:00:00.000Z',
      deadlineAt: '2026-07-25T10:00:10.000Z',
    },
    spec: { deviceId: 'd', commandId, command: 'vlc:play', timeoutMs: 10_000, maxAttempts: 3, ttlMs: null },
    progress: { status: 'sent', attempt: n, baseline: null, leftMs: 10_000 },
    asker: { tokenId: 't', socketId: null },
    batch: null,
    told: false,
    order: n,
    group: 'lobby',
    sentAt: Array.from({ length: n }, (_, i) => 1_785_000_000_000 + i),
  }),
  tokens: (id: string, n = 1) => ({
    id,
    name: 'wall',
    role: 'viewer',
    createdAt: '2026-07-25T10:00:00.000Z',
    hash: `hash ${n}`,
  }),
  'token-uses': (_: string, n = 1) => ({ lastUsedAt: new Date(1_785_000_000_000 + n).toISOString() }),
  'device-tokens': (_: string, n = 1) => ({ hash: `hash ${n}` }),
  'fleet-tokens': (_: string, n = 1) => ({ retiredAt: new Date(1_785_000_000_000 + n).toISOString() }),
  blocks: (_: string, n = 1) => ({ since: '2026-07-25T10:00:00.000Z', by: 'admin', reason: `reason ${n}` }),
  policies: (_: string, n = 1) => ({ timeZone: 'Europe/Madrid', offlineAfterMs: n }),
  desired: (_: string, n = 1) => ({
    playback: 'playing',
    giveUpAfter: n,
    setAt: '2026-07-25T10:00:00.000Z',
    setBy: 'ana',
  }),
  alerts: (id: string, n = 1) => ({
    alert: { id, alert: 'device_offline', about: 'd', group: null, summary: 'd is not connected', openedAt: n },
    told: { webhook: 'open' },
    settled: false,
  }),
  'alert-acts': (id: string, n = 1) => ({
    alertId: 'a1',
    act: { id, act: 'comment', at: '2026-07-25T10:00:00.000Z', by: 'ana', comment: `comment ${n}` },
  }),
  'alert-notifications': (_: string, n = 1) => ({
    alertId: 'a1',
    notification: { channel: 'webhook', kind: 'webhook', name: 'X', state: 'open', status: 'failed', attempts: n },
  }),
  channels: (id: string, n = 1) => ({
    id,
    settings: { kind: 'slack', name: 'On call', enabled: true, url: `https://example.org/${n}` },
    createdAt: '2026-07-25T10:00:00.000Z',
    since: 1_785_000_000_000,
  }),
  'alert-mutes': (_: string, n = 1) => ({ until: new Date(1_785_000_000_000 + n).toISOString(), by: 'ana' }),
  webhooks: (id: string, n = 1) => ({
    id,
    url: `https://example.org/${n}`,
    secret: 'whsec_c2VjcmV0',
    createdAt: '2026-07-25T10:00:00.000Z',
  }),
  'webhook-health': (_: string, n = 1) => ({ failingSince: new Date(1_785_000_000_000 + n).toISOString() }),
  'webhook-deliveries': (id: string, n = 1) => ({
    delivery: { id, webhookId: 'wh-1', type: 'device.online', status: 'pending', attempts: n, createdAt: '' },
    node: 'n1',
    body: '{}',
  }),
  schedules: (id: string, n = 1) => ({
    id,
    name: `Opening ${n}`,
    command: 'play',
    target: { all: true },
    start: '2026-12-01T08:00',
    createdAt: '2026-07-25T10:00:00.000Z',
  }),
  'schedule-runs': (id: string, n = 1) => ({
    id,
    scheduleId: 'sch-1',
    local: '2026-12-01T08:00',
    command: 'play',
    zones: [{ timeZone: 'UTC', at: '2026-12-01T08:00:00.000Z', status: 'done', devices: n }],
  }),
  rollouts: (id: string, n = 1) => ({ document: { id, command: 'play', status: 'running' }, version: n, epoch: 1 }),
  'rollout-orders': (_: string, n = 1) => ({ act: 'pause', by: `admin ${n}` }),
  'rollout-targets': (commandId: string, n = 1) => ({
    rolloutId: 'ro-1',
    deviceId: 'd',
    commandId,
    outcome: 'waiting',
    position: n,
  }),
  sessions: (id: string, n = 1) => ({ id, tokenId: 't', address: `192.0.2.${n}` }),
  'session-uses': (_: string, n = 1) => ({ lastUsedAt: new Date(1_785_000_000_000 + n).toISOString() }),
  pairings: (_: string, n = 1) => ({ code: `CODE${n}`, address: '192.0.2.1' }),
  views: (id: string, n = 1) => ({ id, name: `Córdoba ${n}`, query: 'group=Córdoba', createdBy: 'ana' }),
} satisfies Record<Collection, (key: string, n?: number) => unknown>;

export const collectionNames = Object.keys(records) as Collection[];

/** The same command, ended. */
export function endedCommand(commandId: string, at = 1_785_000_001_000): LedgerEntry {
  const entry = records.commands(commandId);
  const endedAt = new Date(at).toISOString();
  return { ...entry, record: { ...entry.record, status: 'success', deadlineAt: null, endedAt, durationMs: 1000 } };
}
