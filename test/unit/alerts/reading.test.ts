import pino from 'pino';
import { expect, test } from 'vitest';
import { createMemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import { AlertStore } from '../../../src/alerts/alert-store.ts';
import { readAlerts } from '../../../src/alerts/reading.ts';
import type { Alert } from '../../../src/protocol/alerts.ts';

const log = pino({ level: 'silent' });
const lost = (about: string, openedAt: number) =>
  ({ alert: 'device_offline', about, group: null, summary: 'x', details: {}, openedAt }) as const;

/** Two stored alerts, one of which has ended since, and a third one; the store cannot be written any more. */
async function withFullDisk(read: () => Promise<Alert[]>) {
  const store = createMemoryStateStore();
  const alertStore = new AlertStore(store, () => []);
  const [first, second] = [alertStore.open(lost('a', 1000)), alertStore.open(lost('b', 2000))];
  alertStore.change({ ...first, resolvedAt: 3000, ending: 'over', resolution: 'x' });
  const third = alertStore.open(lost('c', 4000));
  const full = { ...store, committed: () => Promise.reject(new Error('the disk is full')) };
  const list = (query: { open: boolean; before?: string; limit: number }) =>
    readAlerts(query, alertStore, { store: full, history: { list: read }, log });
  return { list, first, second, third };
}

test('W7 while the disk is full the list contains the stored alerts in their current state, and the new ones', async () => {
  const stored: Alert[] = [];
  const { list, second, third } = await withFullDisk(async () => stored);
  stored.push(second);
  expect((await list({ open: true, limit: 10 })).map(({ about }) => about)).toEqual(['c', 'b']);
  expect((await list({ open: true, limit: 1 })).map(({ about }) => about)).toEqual(['c']);
  expect((await list({ open: true, before: third.id, limit: 10 })).map(({ about }) => about)).toEqual(['b']);
});

test('W7 if the store cannot be read, the list contains the alerts in memory', async () => {
  const { list } = await withFullDisk(() => Promise.reject(new Error('away')));
  expect((await list({ open: true, limit: 10 })).map(({ about }) => about)).toEqual(['c', 'b']);
});
