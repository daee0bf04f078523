/** Limits for one page of a filtered list: rows per query, and queries. */
const READ_AT_ONCE = 1000;
const MAX_READS = 10;

/**
 * A page of the visible rows, newest first, and the position of the next page (undefined on the last). Work per request
 * is bounded, so a page of a filtered list may be short or empty and still have a next one.
 */
export async function seenPage<T extends { id: string }>(
  read: (before: string | undefined, limit: number) => Promise<readonly T[]>,
  { before, limit, isFiltered }: { before: string | undefined; limit: number; isFiltered: boolean },
  sees: (row: T) => boolean,
): Promise<{ page: T[]; next?: string | undefined }> {
  const size = isFiltered ? READ_AT_ONCE : limit + 1;
  const page: T[] = [];
  let at = before;
  for (let i = 0; i < MAX_READS; i++) {
    const rows = await read(at, size);
    for (const row of rows) {
      if (sees(row)) {
        if (page.length === limit) return { page, next: at };
        page.push(row);
      }
      at = row.id;
    }
    if (rows.length < size) return { page };
  }
  return { page, next: at };
}
