import type { Logger } from 'pino';
import type { Statistics, StatisticsQuery, StatisticsResult } from '../../../ports/statistics.ts';
import { orUnavailable, VigiaError } from '../../../protocol/errors.ts';
import type { Db } from '../schema.ts';
import { DAY_MS, dayStart, daysOf, type Span } from './days.ts';
import { createDevicePeriods } from './device-periods.ts';
import { byCode, Grouped } from './grouped.ts';
import { direct, played, rolled, rolledDevices, type Sources } from './sources.ts';
import { readUntil } from './until.ts';
import { areUtc, createZoneDays } from './zone-days.ts';

/** Maximum number of playback items in the total, and for each device. */
const ITEMS_OF_ALL = 200;
const ITEMS_OF_ONE = 50;

/** Number of attempts if a roll-up step interferes with the query. */
const TRIES = 5;

/** Reads the sums of whole days, and calculates the rest at both ends from the source tables. */
export function createStatistics(db: Db, log: Pick<Logger, 'error'>): Statistics {
  const countDays = createZoneDays(db);
  const read = <T>(it: () => Promise<T>) =>
    orUnavailable(it, 'The database cannot be read at the moment.', (error) =>
      log.error({ err: error }, 'cannot read statistics'),
    );
  return {
    periodsOf: createDevicePeriods(db, log),
    async summarize(query) {
      const { days } = query;
      const counted = days && !areUtc(days, query) ? countDays(days, query) : undefined;
      // They do not depend on the roll-up.
      const ownDays = counted && (await read(() => counted));
      for (let i = 0; i < TRIES; i++) {
        const result = await read(async () => {
          const until = await readUntil(db);
          const summed = await summarize(db, query, until, ownDays);
          // A step that was rolled up meanwhile would be counted twice.
          return until === (await readUntil(db)) ? summed : undefined;
        });
        if (result) return result;
      }
      throw new VigiaError('unavailable', 'The statistics are being recalculated. Retry in a moment.');
    },
  };
}

async function summarize(
  db: Db,
  query: StatisticsQuery,
  until: number | undefined,
  ownDays: StatisticsResult['days'] | undefined,
): Promise<StatisticsResult> {
  const { from, to, group, groups, device, after = '', limit } = query;
  const of = { group, groups, device };
  const { days, parts } = planOf({ from, to }, until);
  const counted = await Promise.all(parts.map((part) => direct(db, part, of)));

  const inGroups = new Map<string, Set<string>>();
  const known = days ? await rolledDevices(db, days, of) : [];
  for (const { device_id, group_name } of [...known, ...counted.flatMap(({ connections }) => connections)]) {
    inGroups.set(group_name, (inGroups.get(group_name) ?? new Set()).add(device_id));
  }
  const ids = [...new Set([...inGroups.values()].flatMap((devices) => [...devices]))].sort(byCode);
  const following = ids.filter((id) => id > after);
  const page = following.slice(0, limit);

  const all = new Grouped(() => '');
  const byDay = new Grouped(({ day }) => day);
  const byGroup = new Grouped(({ group_name }) => group_name);
  const byDevice = new Grouped(({ device_id }) => device_id);
  for (const sources of [...(days ? [await rolled(db, days, of, undefined)] : []), ...counted]) {
    for (const grouped of [all, byDay, byGroup]) grouped.add(sources);
  }
  if (days) byDevice.add(await rolled(db, days, of, page));
  for (const [i, part] of parts.entries()) {
    byDevice.add({ ...(counted[i] as Sources), playback: await played(db, part, of, page) });
  }

  return {
    total: { devices: ids.length, ...all.summary(''), playback: all.playback('', ITEMS_OF_ALL) },
    days: ownDays ?? byDay.keys().map((day) => ({ day, ...byDay.summary(day) })),
    groups: byGroup.keys().map((name) => ({
      group: name === '' ? null : name,
      devices: inGroups.get(name)?.size ?? 0,
      ...byGroup.summary(name),
    })),
    devices: page.map((deviceId) => ({
      deviceId,
      ...byDevice.summary(deviceId),
      playback: byDevice.playback(deviceId, ITEMS_OF_ONE),
    })),
    more: following.length > page.length,
  };
}

/**
 * Which days are read as sums (`to` may lie within the last of them), and which parts of days are calculated directly.
 */
export function planOf({ from, to }: Span, until = 0): { days: Span | undefined; parts: Span[] } {
  const days = { from: dayStart(from + DAY_MS - 1), to: to >= until ? until : dayStart(to) };
  if (days.from >= days.to) return { days: undefined, parts: [...daysOf({ from, to })] };
  return { days, parts: [...daysOf({ from, to: days.from }), ...daysOf({ from: days.to, to })] };
}
