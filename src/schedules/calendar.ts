import { type Wall, type WallTime, wallText } from '../ports/wall-time.ts';
import type { PlannedRun } from '../protocol/schedules.ts';
import type { Recurrence } from './recurrence.ts';

/** A local time, and its moment in a time zone. */
export interface Occurrence {
  wall: Wall;
  at: number;
}

/** The moments of a recurrence in a time zone. Of several local times in one DST gap, only the last one counts. */
export class Calendar {
  readonly #time: WallTime;

  constructor(time: WallTime) {
    this.#time = time;
  }

  /** The last occurrence at or before now. */
  last(recurrence: Recurrence, zone: string, now: number): Occurrence | undefined {
    // If the clock was set back, a later local time may have passed already.
    let wall = recurrence.last(this.#time.at(zone, now));
    for (let next = recurrence.next(wall); next < Infinity && this.#time.momentOf(zone, next) <= now; ) {
      wall = next;
      next = recurrence.next(wall);
    }
    return wall === -Infinity ? undefined : { wall, at: this.#time.momentOf(zone, wall) };
  }

  /** The occurrences after now. */
  *upcoming(recurrence: Recurrence, zone: string, now: number): Generator<Occurrence> {
    const last = this.last(recurrence, zone, now)?.wall ?? this.#time.at(zone, now);
    let wall = recurrence.next(last);
    while (wall < Infinity) {
      const at = this.#time.momentOf(zone, wall);
      const next = recurrence.next(wall);
      if (at > now && (next === Infinity || this.#time.momentOf(zone, next) > at)) yield { wall, at };
      wall = next;
    }
  }

  next(recurrence: Recurrence, zone: string, now: number): Occurrence | undefined {
    return this.upcoming(recurrence, zone, now).next().value ?? undefined;
  }

  plan(recurrence: Recurrence, zone: string, now: number, count: number): PlannedRun[] {
    const runs: PlannedRun[] = [];
    for (const { wall, at } of this.upcoming(recurrence, zone, now)) {
      runs.push({ local: wallText(wall), at: new Date(at).toISOString() });
      if (runs.length === count) break;
    }
    return runs;
  }
}
