import type { Logger } from 'pino';
import { balanced, moved, type Rebalance, rebalance, unreachable } from '../../machines/rebalance.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Registry } from '../ports/registry.ts';
import { repeat } from '../ports/repeat.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import type { Membership } from './membership.ts';
import type { Replicas } from './replicas.ts';

const TICK_MS = 1000;
/** Counting reads all documents, so it is rare while nothing is to be moved. */
const IDLE_TICKS = 10;

export interface RebalancerDeps {
  fleet: Fleet;
  replicas: Replicas;
  membership: Membership;
  registry: Pick<Registry, 'reachable'>;
  /** NODE_ID. */
  node: string;
  /** How long the players must have been uneven. */
  afterMs: number;
  clock: Clock;
  log: Logger;
  metrics: Pick<Metrics, 'playerMoved'>;
}

/**
 * Moves players to other instances if this one has more than its share: it closes their transports, and they reconnect
 * through the load balancer (SPEC K10).
 */
export class Rebalancer {
  readonly #deps: RebalancerDeps;
  #is: Rebalance = balanced;
  #ticks = 0;
  #stop = () => {};

  constructor(deps: RebalancerDeps) {
    this.#deps = deps;
  }

  start(): void {
    if (this.#deps.afterMs > 0) this.#stop = repeat(this.#deps.clock, TICK_MS, () => this.#tick());
  }

  stop(): void {
    this.#stop();
  }

  #tick(): void {
    const { membership, registry, clock, node, afterMs } = this.#deps;
    if (!registry.reachable) {
      this.#is = unreachable(this.#is);
      return;
    }
    const isIdle = !this.#is.isMoving && this.#is.away.size === 0;
    const every = Math.min(IDLE_TICKS, Math.ceil(afterMs / TICK_MS));
    if (!membership.isSettled || (isIdle && this.#ticks++ % every > 0)) return;
    const now = clock.now();
    const { is, close, ended } = rebalance(
      this.#is,
      { now, me: node, players: this.#players(), nodeOf: (id) => this.#nodeOf(id) },
      afterMs,
    );
    for (const outcome of ended) this.#deps.metrics.playerMoved(outcome);
    this.#report(this.#is, is);
    this.#is = moved(is, this.#move(close), now);
  }

  /** Only devices that are online name the instance that they are connected to. */
  #players(): Map<string, number> {
    const { fleet, replicas, membership } = this.#deps;
    const players = new Map(membership.nodes.map((node) => [node, 0]));
    const count = ({ connection: { node } }: DeviceDocument) => {
      const known = players.get(node ?? '');
      if (known !== undefined) players.set(node as string, known + 1);
    };
    for (const { document } of fleet.all()) count(document);
    for (const { document } of replicas.all()) count(document);
    return players;
  }

  #nodeOf(id: string): string | undefined {
    const { fleet, replicas } = this.#deps;
    return (fleet.get(id) ?? replicas.get(id))?.document.connection.node ?? undefined;
  }

  /** Closes the transports of up to `count` players that have been here for a while, and have nothing to do. */
  #move(count: number): string[] {
    const { fleet, clock, afterMs } = this.#deps;
    const before = clock.wall() - afterMs;
    const ids: string[] = [];
    for (const host of fleet.hosts) {
      if (ids.length >= count) break;
      const { connection, commands } = host.versioned.document;
      const isQuiet = Object.keys(commands).length === 0 && !connection.conflict && !connection.restricted;
      if (!host.session || !isQuiet || Date.parse(connection.since) > before) continue;
      host.session.drop('rebalanced');
      ids.push(host.id);
    }
    return ids;
  }

  #report(was: Rebalance, is: Rebalance): void {
    const { log } = this.#deps;
    const { counts, instances } = is;
    if (is.isMoving && !was.isMoving) log.info({ instances }, 'more players than its share: moving some to others');
    if (!is.isMoving && was.isMoving) log.info({ instances, ...counts }, 'moved players to other instances');
    if (is.pausedUntil > was.pausedUntil)
      log.warn(counts, 'moved players came back to this instance; the load balancer does not send them to others');
    if (counts.lost > was.counts.lost) log.warn(counts, 'moved players did not come back; after 3, no more are moved');
  }
}
