/**
 * Rate limits of misbehaving devices (SPEC P13): a restricted device is refused for a pause that grows with each
 * repetition. Pure rules. Times are milliseconds of a monotonic clock.
 */
export const restrictionReasons = ['flapping', 'flooding', 'oversized'] as const;
export type RestrictionReason = (typeof restrictionReasons)[number];

export interface Restriction {
  why: RestrictionReason;
  since: number;
  until: number;
  /** What was counted, in English. */
  evidence: string;
}

/** A restriction as sent to other instances: a duration instead of a time because clocks differ. */
export type Imposed = Pick<Restriction, 'why' | 'evidence'> & { forMs: number };

export const WINDOW_MS = 60_000;
export const MAX_REGISTRATIONS = 15;
/** A fielded player opens two sockets; one that leaks dead ones opens a dozen pairs a minute. */
export const MAX_CONNECTIONS = 60;
export const MAX_OVERSIZED = 10;
export const FIRST_PAUSE_MS = 6000;
export const MAX_PAUSE_MS = 30_000;
/** During probation after a pause, a third of the limit suffices for the next restriction. */
export const PROBATION_MS = 60_000;
const PROBATION_SHARE = 1 / 3;
/** After this long without a restriction, the next pause is a first one again. */
export const FORGIVEN_MS = 300_000;

type Counted = 'registrations' | 'connections' | 'oversized';

/** What a device did in the last minute, as another instance receives it: each time as milliseconds ago. */
export type Lately = Readonly<Record<Counted, readonly number[]>>;

/** The recent behaviour of a device. */
export interface Conduct extends Readonly<Record<Counted, readonly number[]>> {
  /** The current restriction, or the last one. */
  readonly last: (Restriction & { pauseMs: number }) | undefined;
}

export const blameless: Conduct = { registrations: [], connections: [], oversized: [], last: undefined };

const rules: Record<Counted, { most: number; why: RestrictionReason; evidence: (count: number) => string }> = {
  registrations: { most: MAX_REGISTRATIONS, why: 'flapping', evidence: (n) => `${n} registrations in 60 s` },
  connections: { most: MAX_CONNECTIONS, why: 'flapping', evidence: (n) => `${n} connections in 60 s` },
  oversized: { most: MAX_OVERSIZED, why: 'oversized', evidence: (n) => `${n} messages in 60 s were too large` },
};

const kinds = Object.keys(rules) as Counted[];

/** Counts a registration, a connection or an oversized message. */
export function counted(conduct: Conduct, what: Counted, at: number): Conduct {
  return withTimes(conduct, what, [...conduct[what], at], at);
}

/** Counts what the device did at another instance. */
export function carried(conduct: Conduct, lately: Lately, at: number): Conduct {
  return kinds.reduce((it, what) => {
    const earlier = lately[what].map((age) => at - age);
    return earlier.length === 0 ? it : withTimes(it, what, [...earlier, ...it[what]], at);
  }, conduct);
}

export function latelyOf(conduct: Conduct, at: number): Lately {
  const ages = (what: Counted) => conduct[what].map((it) => at - it).filter((age) => age < WINDOW_MS);
  return { registrations: ages('registrations'), connections: ages('connections'), oversized: ages('oversized') };
}

function withTimes(conduct: Conduct, what: Counted, all: readonly number[], at: number): Conduct {
  if (restrictionAt(conduct, at)) return conduct;
  // What `filter` returns has room to grow, a copy has not. Every device keeps one.
  const times = all.filter((it) => at - it < WINDOW_MS).slice();
  const { most, why, evidence } = rules[what];
  const isOver = times.length >= (isOnProbation(conduct, at) ? Math.ceil(most * PROBATION_SHARE) : most);
  return isOver ? restricted(conduct, why, evidence(times.length), at) : { ...conduct, [what]: times };
}

/** Restricts a device that keeps exceeding its message budget. */
export function flooded(conduct: Conduct, evidence: string, at: number): Conduct {
  return restrictionAt(conduct, at) ? conduct : restricted(conduct, 'flooding', evidence, at);
}

/** Adopts a restriction that another instance imposed. */
export function imposed(conduct: Conduct, { why, evidence, forMs }: Imposed, at: number): Conduct {
  if (restrictionAt(conduct, at)) return conduct;
  const pauseMs = Math.min(forMs, MAX_PAUSE_MS);
  return { ...blameless, last: { why, evidence, since: at, until: at + pauseMs, pauseMs } };
}

/** An operator lifts the restriction; earlier behaviour no longer counts. */
export const lifted = (): Conduct => blameless;

/** The restriction in force at this time. */
export function restrictionAt({ last }: Conduct, at: number): Restriction | undefined {
  return last && at < last.until ? last : undefined;
}

/** Its pause is over, but not for long. */
function isOnProbation({ last }: Conduct, at: number): boolean {
  return last !== undefined && at - last.until < PROBATION_MS;
}

/** Whether nothing in it matters any more, so that it can be dropped. */
export function isForgotten(conduct: Conduct, at: number): boolean {
  const isOld = (it: number) => at - it >= WINDOW_MS;
  return (
    conduct.registrations.every(isOld) &&
    conduct.connections.every(isOld) &&
    conduct.oversized.every(isOld) &&
    (conduct.last === undefined || at - conduct.last.until >= FORGIVEN_MS)
  );
}

function restricted({ last }: Conduct, why: RestrictionReason, evidence: string, at: number): Conduct {
  const isRepeated = last !== undefined && at - last.until < FORGIVEN_MS;
  const pauseMs = isRepeated ? Math.min(last.pauseMs * 2, MAX_PAUSE_MS) : FIRST_PAUSE_MS;
  return { ...blameless, last: { why, evidence, since: at, until: at + pauseMs, pauseMs } };
}
