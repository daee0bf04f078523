import { type Observation, observe } from '../../machines/observation.ts';
import type { JsonObject } from '../protocol/document.ts';

/**
 * What a device last said of its playback, since a session or a command that could have changed it. From the moment a
 * command leaves until it is certain that the player has it, reports may be from before it, however late they come: they
 * prove nothing.
 */
export class Baseline {
  #at: number | undefined;
  /** The command that is on its way. */
  #underWay: object | undefined;

  /** A new session: what was on its way to the one before it has come, or never will. */
  begin(): void {
    this.#underWay = undefined;
    this.forget();
  }

  /** A command leaves. Returns what is to be called once the player has it, and all that it said before has come. */
  sent(): () => void {
    const command = {};
    this.#underWay = command;
    this.forget();
    return () => {
      if (this.#underWay === command) this.#underWay = undefined;
    };
  }

  /** Is a report that comes now from after the last command? */
  get isCertain(): boolean {
    return this.#underWay === undefined;
  }

  /** A report: does it tell of the playback at all? `proves`: it came by the registered session. */
  heard(said: JsonObject, at: number, proves = true): boolean {
    const tells = 'vlc' in said || 'playing' in said;
    if (tells && proves && this.isCertain) this.#at = at;
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
