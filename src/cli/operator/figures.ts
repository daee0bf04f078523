import type { Api } from './api.ts';
import { duration, printLine, printTable } from './output.ts';

/** What `vigia stats` and `vigia report` print. */

export type Playback = { item: string | null; playlist: string | null; ms: number }[];

interface Page<D> {
  devices: D[];
  cursor?: string;
}

/** Loads all pages. `fixed` tells from the first page what the others must be about, such as the end of a span. */
export async function allDevices<D, P extends Page<D>>(
  api: Api,
  path: string,
  query: Record<string, string | undefined>,
  fixed: (first: P) => Record<string, string>,
): Promise<Omit<P, 'cursor'>> {
  const { cursor, ...first } = await api.get<P>(path, { ...query, limit: 500 });
  const devices = [...first.devices];
  if (cursor !== undefined) {
    const more = { ...query, ...fixed(first as P), limit: 500, cursor };
    for await (const device of api.pages<D>(path, 'devices', more)) devices.push(device);
  }
  return { ...first, devices };
}

export function printPlayed(playback: Playback): void {
  if (playback.length === 0) return;
  printLine('');
  printTable(
    ['PLAYED', 'OF', 'FOR'],
    playback.slice(0, 20).map(({ item, playlist, ms }) => [item, playlist, duration(ms)]),
  );
}

export const percent = (share: number | null): string => (share === null ? '–' : `${(share * 100).toFixed(1)} %`);
