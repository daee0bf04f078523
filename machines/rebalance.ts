/** How many players an instance moves at each tick, once a second. */
export const MOVES_A_TICK = 2;
/** Fielded players reconnect after 5 s, and within 50 s at the latest. */
const LOST_MS = 60_000;
/** No more are moved while so many are away. */
const MAX_AWAY = 20;
/** After so many lost players, the instance moves no more of them. */
const MAX_LOST = 3;
/** A share up to this fraction above the fair one is fair enough. */
const TOLERANCE = 0.1;
/** If this many moved players came back to the same instance, and most did, the load balancer does not spread them. */
const MIN_RETURNED = 5;
const PAUSE_MS = 600_000;

export type Outcome = 'arrived' | 'returned' | 'lost';

/** What an instance knows of the players that it moves to others (SPEC K10). */
export interface Rebalance {
  instances: string;
  /** Since when it has had more than its share, without a change of the instances. */
  unevenSince: number | undefined;
  isMoving: boolean;
  /** The moved players that are not connected yet, and since when. */
  away: ReadonlyMap<string, number>;
  /** What became of the moved players, since it last began; the lost ones, since ever. */
  counts: Readonly<Record<Outcome, number>>;
  pausedUntil: number;
}

export interface Situation {
  now: number;
  me: string;
  /** How many players are online at each live instance, this one included. */
  players: ReadonlyMap<string, number>;
  /** Where a moved player is connected now. Undefined: nowhere. */
  nodeOf(id: string): string | undefined;
}

export const balanced: Rebalance = {
  instances: '',
  unevenSince: undefined,
  isMoving: false,
  away: new Map(),
  counts: { arrived: 0, returned: 0, lost: 0 },
  pausedUntil: 0,
};

/**
 * One tick. `close`: how many players to move now. `ended`: what became of those moved earlier.
 *
 * @param afterMs how long the players must have been uneven
 */
export function rebalance(
  was: Rebalance,
  at: Situation,
  afterMs: number,
): { is: Rebalance; close: number; ended: Outcome[] } {
  const { now, me, players } = at;
  const ended: Outcome[] = [];
  const away = new Map(was.away);
  for (const [id, since] of was.away) {
    const node = at.nodeOf(id);
    if (node === undefined && now - since < LOST_MS) continue;
    away.delete(id);
    if (node === undefined) ended.push('lost');
    else ended.push(node === me ? 'returned' : 'arrived');
  }
  const counts = { ...was.counts };
  for (const outcome of ended) counts[outcome]++;

  const instances = [...players.keys()].sort().join();
  const fair = Math.ceil(
    ([...players.values()].reduce((sum, it) => sum + it, 0) + away.size) / Math.max(1, players.size),
  );
  const excess = (players.get(me) ?? 0) - fair;
  const isUneven = instances === was.instances && excess > (was.isMoving ? 0 : Math.max(1, fair * TOLERANCE));
  const unevenSince = isUneven ? (was.unevenSince ?? now) : undefined;
  const isIneffective = counts.returned >= MIN_RETURNED && counts.returned > counts.arrived;
  const is: Rebalance = {
    instances,
    unevenSince,
    away,
    counts: isIneffective ? { ...counts, arrived: 0, returned: 0 } : counts,
    pausedUntil: isIneffective ? now + PAUSE_MS : was.pausedUntil,
    isMoving: false,
  };
  const mayMove = now >= is.pausedUntil && counts.lost < MAX_LOST;
  is.isMoving = mayMove && unevenSince !== undefined && now - unevenSince >= afterMs;
  if (is.isMoving && !was.isMoving) is.counts = { ...balanced.counts, lost: counts.lost };
  const close = is.isMoving ? Math.max(0, Math.min(MOVES_A_TICK, excess, MAX_AWAY - away.size)) : 0;
  return { is, close, ended };
}

/** The cluster cannot be reached, so nobody knows who is where: nothing counts, and all begins anew. */
export const unreachable = ({ counts: { lost } }: Rebalance): Rebalance => ({
  ...balanced,
  counts: { ...balanced.counts, lost },
});

/** These players were moved. */
export const moved = (is: Rebalance, ids: readonly string[], now: number): Rebalance => ({
  ...is,
  away: new Map([...is.away, ...ids.map((id) => [id, now] as const)]),
});
