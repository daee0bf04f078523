/**
 * When a device that does too much is restricted (SPEC P13): refused for a pause that grows each time it begins again.
 * Pure rules. Times are milliseconds of any clock that does not step.
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

/** A restriction, as another instance hears of it: clocks differ. */
export type Imposed = Pick<Restriction, 'why' | 'evidence'> & { forMs: number };

export const WINDOW_MS = 60_000;
export const MAX_REGISTRATIONS = 15;
/** A fielded player opens two sockets; one that leaves dead ones behind opens a dozen pairs a minute. */
export const MAX_CONNECTIONS = 60;
export const MAX_OVERSIZED = 10;
export const FIRST_PAUSE_MS = 6000;
export const MAX_PAUSE_MS = 30_000;
/** After a pause a third is enough to be restricted again. */
export const PROBATION_MS = 60_000;
const PROBATION_SHARE = 1 / 3;
/** Whoever behaves for so long begins with the first pause again. */
export const FORGIVEN_MS = 300_000;

type Counted = 'registrations' | 'connections' | 'oversized';

/** What a device did lately. */
export interface Conduct extends Readonly<Record<Counted, readonly number[]>> {
  /** The one in force, or the last one. */
  readonly last: (Restriction & { pauseMs: number }) | undefined;
}

export const blameless: Conduct = { registrations: [], connections: [], oversized: [], last: undefined };

const rules: Record<Counted, { most: number; why: RestrictionReason; evidence: (count: number) => string }> = {
  registrations: { most: MAX_REGISTRATIONS, why: 'flapping', evidence: (n) => `${n} registrations in 60 s` },
  connections: { most: MAX_CONNECTIONS, why: 'flapping', evidence: (n) => `${n} connections in 60 s` },
  oversized: { most: MAX_OVERSIZED, why: 'oversized', evidence: (n) => `${n} messages in 60 s were too large` },
};

/** It registered, connected, or sent something that was too large. */
export function counted(conduct: Conduct, what: Counted, at: number): Conduct {
  if (restrictionAt(conduct, at)) return conduct;
  const times = [...conduct[what].filter((it) => at - it < WINDOW_MS), at];
  const { most, why, evidence } = rules[what];
  const isOver = times.length >= (isOnProbation(conduct, at) ? Math.ceil(most * PROBATION_SHARE) : most);
  return isOver ? restricted(conduct, why, evidence(times.length), at) : { ...conduct, [what]: times };
}

/** It goes on sending more than its budget. */
export function flooded(conduct: Conduct, evidence: string, at: number): Conduct {
  return restrictionAt(conduct, at) ? conduct : restricted(conduct, 'flooding', evidence, at);
}

/** One that is in force at another instance, for so long yet. */
export function imposed(conduct: Conduct, { why, evidence, forMs }: Imposed, at: number): Conduct {
  if (restrictionAt(conduct, at)) return conduct;
  const pauseMs = Math.min(forMs, MAX_PAUSE_MS);
  return { ...blameless, last: { why, evidence, since: at, until: at + pauseMs, pauseMs } };
}

/** An operator gives it another chance: what it did before does not count. */
export const lifted = (): Conduct => blameless;

/** The restriction in force. */
export function restrictionAt({ last }: Conduct, at: number): Restriction | undefined {
  return last && at < last.until ? last : undefined;
}

export function isOnProbation({ last }: Conduct, at: number): boolean {
  return last !== undefined && at >= last.until && at - last.until < PROBATION_MS;
}

/** Nothing of it matters any more. */
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
