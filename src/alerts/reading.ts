import type { Logger } from 'pino';
import type { AlertLog, AlertQuery } from '../ports/alert-log.ts';
import type { StateStore } from '../ports/state-store.ts';
import { type Alert, stateOf } from '../protocol/alerts.ts';
import { orUnavailable } from '../protocol/errors.ts';
import type { AlertStore } from './alert-store.ts';

export interface ReadingDeps {
  store: StateStore;
  history: Pick<AlertLog, 'list'>;
  log: Logger;
}

/** Reads the stored alerts. If the latest cannot be stored, adds those in memory. */
export async function readAlerts(
  query: AlertQuery,
  alertStore: Pick<AlertStore, 'records'>,
  { store, history, log }: ReadingDeps,
): Promise<Alert[]> {
  const isBehind = await store.committed().then(
    () => false,
    () => true,
  );
  const stored = () => history.list(query);
  if (!isBehind) {
    const noted = (error: unknown) => log.warn({ err: error }, 'the alerts cannot be read');
    return orUnavailable(stored, 'The alerts cannot be read now.', noted);
  }
  const found = await stored().catch((error) => {
    log.warn({ err: error }, 'the stored alerts cannot be read: those in memory are shown');
    return [];
  });
  const { open, about, from = 0, to = Number.POSITIVE_INFINITY, before, limit } = query;
  const all = new Map(found.map((alert) => [alert.id, alert]));
  for (const { alert } of alertStore.records) if (before === undefined || alert.id < before) all.set(alert.id, alert);
  const alerts = [...all.values()]
    .filter((it) => (!open || stateOf(it) === 'open') && (about === undefined || it.about === about))
    .filter(({ openedAt, resolvedAt = from }) => openedAt < to && resolvedAt >= from)
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  return alerts.slice(0, limit);
}
