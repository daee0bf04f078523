import type { AuditEntry, AuditLog } from '../../ports/audit.ts';

const MAX_ENTRIES = 10_000;

/** Keeps the latest entries in memory. */
export function createMemoryAuditLog(): AuditLog {
  const byId = new Map<string, AuditEntry>();
  return {
    async write(entries) {
      for (const entry of entries)
        if (!byId.has(entry.id)) byId.set(entry.id, { ...entry, details: entry.details ?? {} });
      for (const id of byId.keys()) {
        if (byId.size <= MAX_ENTRIES) break;
        byId.delete(id);
      }
    },

    async read({ from = 0, to = Number.POSITIVE_INFINITY, actor, kind, deviceId, before, limit }) {
      const fits = (entry: AuditEntry): boolean =>
        entry.at >= from &&
        entry.at < to &&
        (actor === undefined || entry.actor === actor) &&
        (kind === undefined || (kind.endsWith('.') ? entry.kind.startsWith(kind) : entry.kind === kind)) &&
        (deviceId === undefined || entry.deviceId === deviceId) &&
        (before === undefined || entry.id < before);
      const found = [...byId.values()].filter(fits).sort((a, b) => (a.id < b.id ? 1 : -1));
      return found.slice(0, limit);
    },
  };
}
