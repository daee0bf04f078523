import type { Logger } from 'pino';
import type { DaySpan, Statistics, StatisticsQuery, StatisticsResult } from '../../../ports/statistics.ts';
import { orUnavailable, VigiaError } from '../../../protocol/errors.ts';
import type { Db } from '../schema.ts';
import { DAY_MS, dayStart, daysOf, type Span } from './days.ts';
import { createDevicePeriods } from './device-periods.ts';
import { byCode, Grouped } from './grouped.ts';
import { direct, directDay, played, rolled, rolledDevices, type Sources } from './sources.ts';
import { readUntil } from './until.ts';

/** Maximum number of playback items in the total, and for each device. */
const ITEMS_OF_ALL = 200;
const ITEMS_OF_ONE = 50;

/** Number of attempts if a roll-up step interferes with the query. */
const TRIES = 5;

/** Reads the sums of whole days, and calculates the rest at both ends from the source tables. */
export function createStatistics(db: Db, log: Pick<Logger, 'error'>): Statistics {
  return {
    periodsOf: createDevicePeriods(db, log),
    async summarize(query) {
      let days: StatisticsResult['days'] | undefined;
      for (let i = 0; i < TRIES; i++) {
        const result = await orUnavailable(
          async () => {
            // They do not depend on the roll-up.
            if (query.days) days ??= await summarizeDays(db, query.days, query);
            const until = await readUntil(db);
            const summed = await summarize(db, query, until, days);
            // A step that was rolled up meanwhile would be counted twice.
            return until === (await readUntil(db)) ? summed : undefined;
          },
          'The database cannot be read at the moment.',
          (error) => log.error({ err: error }, 'cannot read statistics'),
        );
        if (result) return result;
      }
      throw new VigiaError('unavailable', 'The statistics are being recalculated. Retry in a moment.');
    },
  };
}

/** Day by day, so that other reads need not wait for all of them. */
async function summarizeDays(db: Db, days: readonly DaySpan[], { group, groups, device }: StatisticsQuery) {
  const byDay = new Grouped(({ day }) => day);
  for (const day of days) byDay.add(await directDay(db, day, { group, groups, device }));
  return byDay.keys().map((day) => ({ day, ...byDay.summary(day) }));
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
