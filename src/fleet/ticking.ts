import { PLAYBACK_PATHS, playerSections } from '../../machines/reading.ts';
import type { Json, JsonObject } from '../protocol/document.ts';

/**
 * Learns which values of a device's state are volatile (SPEC A5), from its own measurements: a number or a time that
 * differed in four of the last eight measurements, until it stays the same for eight. A volatile value alone causes no
 * change of the document.
 */
const LEARNT_AFTER = 4;
const MEASUREMENTS = 0xff;
/** Limit of learnt paths per device. Differences elsewhere are always published. */
const MAX_PATHS = 256;

const MAX_KNOWN = 10_000;

/** A path in a state. Players of one version have the same paths, so each path is kept once, with its rules. */
class Place {
  /** Like a JSON pointer without the leading slash. */
  readonly path: string;
  readonly section: string;
  /** `learnt`: decided by the device's measurements. */
  readonly rule: 'always' | 'never' | 'learnt';
  readonly isOfPlayer: boolean;
  readonly #rules: TickRules;
  readonly #within = new Map<string, Place>();

  constructor(rules: TickRules, path: string, section: string) {
    this.#rules = rules;
    this.path = path;
    this.section = section;
    this.rule = rules.ruleOf(path);
    this.isOfPlayer = PLAYER_SECTIONS.has(section);
  }

  at(key: string): Place {
    const known = this.#within.get(key);
    if (known) return known;
    const place = new Place(this.#rules, pathOf(this.path, key), this.path === '' ? key : this.section);
    if (this.#rules.mayKeep()) this.#within.set(key, place);
    return place;
  }
}

/**
 * Parses `TICKING_PATHS`: `section/key` matches a key at any depth of a section, a longer path only itself, `*` every
 * section, a key alone the top level. A leading `!` means never volatile.
 */
export class TickRules {
  readonly #always: readonly string[][];
  readonly #never: readonly string[][];
  #known = 0;
  readonly root: Place;

  constructor(paths: readonly string[] = []) {
    const split = (path: string) => path.split('/');
    this.#never = paths.filter((path) => path.startsWith('!')).map((path) => split(path.slice(1)));
    this.#always = paths.filter((path) => !path.startsWith('!')).map(split);
    this.root = new Place(this, '', '');
  }

  /** Limits the number of kept paths, because players may invent any number of them. */
  mayKeep(): boolean {
    return this.#known++ < MAX_KNOWN;
  }

  ruleOf(path: string): Place['rule'] {
    if (PLAYBACK_PATHS.has(path)) return 'never';
    const keys = path.split('/');
    if (this.#never.some((rule) => matches(rule, keys))) return 'never';
    return this.#always.some((rule) => matches(rule, keys)) ? 'always' : 'learnt';
  }
}

function matches(rule: readonly string[], path: readonly string[]): boolean {
  const [section, key] = rule;
  if (rule.length > 2) return rule.join('/') === path.join('/');
  if (key === undefined) return path.length === 1 && path[0] === section;
  return path.length > 1 && (section === '*' || section === path[0]) && path.includes(key, 1);
}

const TICKING = 0x100;
const CHANGED = 0x200;

/** A value that may be volatile. Each device has a dozen or two, so three fields instead of five matter. */
class Tick {
  readonly place: Place;
  /** The current value. Undefined: as published. */
  value: Json | undefined;
  /** Whether it differed in each of the last eight measurements, newest in the lowest bit; `TICKING`; `CHANGED`. */
  #flags = 1 | CHANGED;

  constructor(place: Place) {
    this.place = place;
  }

  get isTicking(): boolean {
    return (this.#flags & TICKING) !== 0;
  }

  /** In the current comparison: whether it differs from the last report. */
  get changed(): boolean {
    return (this.#flags & CHANGED) !== 0;
  }

  set changed(is: boolean) {
    this.#flags = is ? this.#flags | CHANGED : this.#flags & ~CHANGED;
  }

  /** Values that stayed the same are no longer tracked. */
  get isFollowed(): boolean {
    return (this.#flags & MEASUREMENTS) !== 0 || this.place.rule === 'always';
  }

  learn(): void {
    const differed = ((this.#flags << 1) | Number(this.changed)) & MEASUREMENTS;
    const isTicking = differed !== 0 && (this.isTicking || bits(differed) >= LEARNT_AFTER);
    this.#flags = differed | (this.#flags & CHANGED) | (isTicking ? TICKING : 0);
  }
}

/** A value of a new state that differs from the published one. Undefined: missing in one of them. */
interface Difference {
  place: Place;
  value: Json | undefined;
  /** Both are numbers, or both are times. */
  canTick: boolean;
  tick: Tick | undefined;
}

/** A comparison of a state with the published one and with the previous report. */
export interface Comparison {
  differences: readonly Difference[];
  /**
   * Since the last report: whether anything but the top-level `timestamp` changed, and whether the playback section
   * did.
   */
  changed: boolean;
  playerChanged: boolean;
}

/** The volatile values of one device, and their current values. */
export class Ticks {
  readonly #rules: TickRules;
  #ticks: Tick[] = [];
  #next = 0;

  constructor(rules: TickRules) {
    this.#rules = rules;
  }

  compare(published: JsonObject, state: JsonObject): Comparison {
    const differences: Difference[] = [];
    differ(published, state, this.#rules.root, differences);
    for (const tick of this.#ticks) tick.changed = tick.value !== undefined;
    const comparison = { differences, changed: false, playerChanged: false };
    for (const difference of differences) {
      const tick = this.#find(difference.place);
      difference.tick = tick;
      if (tick) tick.changed = tick.value !== difference.value;
      else note(difference.place, comparison);
    }
    for (const { place, changed } of this.#ticks) if (changed) note(place, comparison);
    return comparison;
  }

  /** Learns from a measurement which values differ from the last one. */
  learn({ differences }: Comparison): void {
    for (const tick of this.#ticks) tick.learn();
    if (!this.#ticks.every(isFollowed)) this.#ticks = this.#ticks.filter(isFollowed);
    for (const difference of differences) {
      const { place, canTick, tick } = difference;
      if (!tick && canTick && place.rule !== 'never' && this.#ticks.length < MAX_PATHS) this.#follow(difference);
    }
  }

  /** Keeps volatile values until they are published. Returns the sections with material changes. */
  hold({ differences }: Comparison): ReadonlySet<string> {
    for (const tick of this.#ticks) tick.value = undefined;
    let material: Set<string> | undefined;
    for (const difference of differences) {
      if (this.#waits(difference)) (difference.tick as Tick).value = difference.value;
      else material = (material ?? new Set()).add(difference.place.section);
    }
    return material ?? NONE;
  }

  /** The values of these sections were published. Undefined: of all sections. */
  published(sections?: ReadonlySet<string>): void {
    for (const tick of this.#ticks) if (!sections || sections.has(tick.place.section)) tick.value = undefined;
  }

  /** The published state with the current volatile values. */
  apply(published: JsonObject): JsonObject {
    let state: Json = published;
    for (const { place, value } of this.#ticks) {
      if (value !== undefined) state = withValue(state, place.path.split('/'), value);
    }
    return state as JsonObject;
  }

  #waits(difference: Difference): boolean {
    const { tick, place, canTick, value } = difference;
    if (tick && place.rule !== 'always') return canTick && tick.isTicking;
    if (value === undefined || place.rule !== 'always') return false;
    if (tick) return true;
    if (this.#ticks.length >= MAX_PATHS) return false;
    this.#follow(difference);
    return true;
  }

  #follow(difference: Difference): void {
    difference.tick = new Tick(difference.place);
    this.#ticks.push(difference.tick);
  }

  /** Usually the next one, because states have their keys in the same order. */
  #find({ path }: Place): Tick | undefined {
    const ticks = this.#ticks;
    for (let i = 0; i < ticks.length; i++) {
      const at = (this.#next + i) % ticks.length;
      if (ticks[at]?.place.path !== path) continue;
      this.#next = at + 1;
      return ticks[at];
    }
    return undefined;
  }
}

const isFollowed = (tick: Tick): boolean => tick.isFollowed;

function note({ path, isOfPlayer }: Place, comparison: Comparison): void {
  if (path !== 'timestamp') comparison.changed = true;
  if (isOfPlayer) comparison.playerChanged = true;
}

const NONE: ReadonlySet<string> = new Set();
const PLAYER_SECTIONS: ReadonlySet<string> = new Set(playerSections);

function differ(before: JsonObject, after: JsonObject, place: Place, found: Difference[]): void {
  for (const key in after) {
    const was = before[key];
    const is = after[key] as Json;
    if (was === is) continue;
    if (was !== undefined && goesInto(was, is)) differ(was as JsonObject, is as JsonObject, place.at(key), found);
    else found.push({ place: place.at(key), value: is, canTick: canTick(was, is), tick: undefined });
  }
  for (const key in before) {
    if (Object.hasOwn(after, key)) continue;
    found.push({ place: place.at(key), value: undefined, canTick: false, tick: undefined });
  }
}

function pathOf(prefix: string, key: string): string {
  const name =
    key === '' || key.includes('/') || key.includes('~') ? `~${key.replace(/~/g, '~0').replace(/\//g, '~1')}` : key;
  return prefix === '' ? name : `${prefix}/${name}`;
}

const keyOf = (name: string): string =>
  name.startsWith('~') ? name.slice(1).replace(/~1/g, '/').replace(/~0/g, '~') : name;

/** Objects, and arrays of the same length, are compared value by value. */
function goesInto(was: Json, is: Json): boolean {
  if (typeof was !== 'object' || typeof is !== 'object' || was === null || is === null) return false;
  if (Array.isArray(was) || Array.isArray(is)) {
    return Array.isArray(was) && Array.isArray(is) && was.length === is.length;
  }
  return true;
}

const canTick = (was: Json | undefined, is: Json): boolean =>
  (typeof was === 'number' && typeof is === 'number') || (isTime(was) && isTime(is));

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;
const isTime = (value: Json | undefined): boolean => typeof value === 'string' && value.length < 40 && TIME.test(value);

/** The number of bits set. */
function bits(byte: number): number {
  let count = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function withValue(state: Json, [name, ...rest]: readonly string[], value: Json): Json {
  if (name === undefined || typeof state !== 'object' || state === null) return value;
  const key = keyOf(name);
  if (Array.isArray(state)) return state.map((it, i) => (String(i) === key ? withValue(it, rest, value) : it));
  return { ...state, [key]: withValue(state[key] as Json, rest, value) };
}
