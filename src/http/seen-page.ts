/** So many rows are read at once where some are left out, and so often for one page. */
const READ_AT_ONCE = 1000;
const MAX_READS = 10;

/**
 * A page, newest first, of those that may be seen, and where the next one begins (undefined: there is none). Where much is
 * left out a page may be short, or empty, and yet have a next one: what one question reads is bounded.
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
