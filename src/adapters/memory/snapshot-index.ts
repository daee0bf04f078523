import type { SnapshotIndex, SnapshotRow } from '../../ports/snapshot-index.ts';

/** Keeps the metadata in memory. */
export function createMemorySnapshotIndex(): SnapshotIndex {
  const rows = new Map<string, SnapshotRow>();
  const newestFirst = (deviceId?: string) =>
    [...rows.values()]
      .filter((row) => deviceId === undefined || row.deviceId === deviceId)
      .sort((a, b) => (a.id < b.id ? 1 : -1));
  return {
    async add(row) {
      rows.set(row.id, row);
    },
    get: async (id) => rows.get(id),
    list: async (deviceId, { limit, before }) =>
      newestFirst(deviceId)
        .filter((row) => before === undefined || row.id < before)
        .slice(0, limit),
    async remove(ids) {
      for (const id of ids) rows.delete(id);
    },
    beyond: async (deviceId, keep, limit) =>
      newestFirst(deviceId)
        .slice(keep)
        .slice(0, limit)
        .map((row) => row.id),
    async olderThan(takenAt, limit) {
      const newest = new Map<string, string>();
      for (const row of newestFirst()) if (!newest.has(row.deviceId)) newest.set(row.deviceId, row.id);
      return newestFirst()
        .filter((row) => row.takenAt < takenAt && newest.get(row.deviceId) !== row.id)
        .slice(0, limit)
        .map((row) => row.id);
    },
    known: async (ids) => new Set(ids.filter((id) => rows.has(id))),
    page: async (after, limit) =>
      newestFirst()
        .reverse()
        .filter((row) => row.id > after)
        .slice(0, limit),
  };
}
