import { type Observation, observe } from '../../machines/observation.ts';
import type { JsonObject } from '../protocol/document.ts';

/** What a device last said of its playback, since a session or a command that could have changed it. */
export class Baseline {
  #at: number | undefined;

  /** A report: does it tell of the playback at all? */
  heard(said: JsonObject, at: number): boolean {
    const tells = 'vlc' in said || 'playing' in said;
    if (tells) this.#at = at;
    return tells;
  }

  forget(): void {
    this.#at = undefined;
  }

  /** What a command that is sent now is judged by; null: nothing is known. */
  of(state: () => JsonObject, now: number): { seen: Observation; ageMs: number } | null {
    if (this.#at === undefined) return null;
    const seen = observe(state());
    return seen ? { seen, ageMs: now - this.#at } : null;
  }
}
