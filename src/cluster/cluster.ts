import type { Logger } from 'pino';
import type { TokenNews } from '../access/shared-tokens.ts';
import type { Imposed } from '../fleet/api.ts';
import type { CommandDesk } from '../fleet/command-desk.ts';
import type { CommandLedger, LedgerEntry } from '../fleet/command-ledger.ts';
import type { ChangeListener, Fleet } from '../fleet/fleet.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Lives } from '../ports/lives.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Registry } from '../ports/registry.ts';
import type { Update } from '../protocol/document.ts';
import { Ahead } from './ahead.ts';
import { RemoteAttention } from './attention.ts';
import { Switchboard } from './calls.ts';
import { coalesced } from './coalesced.ts';
import { Directory } from './directory.ts';
import { DisplacedSessions } from './displaced.ts';
import { Inbox } from './inbox.ts';
import type { Membership } from './membership.ts';
import { Outbox } from './outbox.ts';
import { type Conducts, Ownership } from './ownership.ts';
import { Places } from './places.ts';
import { Reader } from './reader.ts';
import { Reaper } from './reaper.ts';
import { Replicas } from './replicas.ts';

export interface ClusterDeps {
  membership: Membership;
  registry: Registry;
  bus: Bus;
  fleet: Fleet;
  ledger: CommandLedger;
  desk: CommandDesk;
  lives: Lives;
  clock: Clock;
  log: Logger;
  metrics: Pick<Metrics, 'newsLost'>;
  maxDevices: number;
  /** What devices may bring here; `impose`: one that is held here does too much at another instance. */
  budgets(): Conducts & { impose(id: string, it: Imposed): void };
  /** What another instance did to the tokens. */
  learnToken(news: TokenNews): void;
  /** Takes in what is stored of tokens by now. */
  reloadTokens(): Promise<void>;
  /** Changes of devices that are held elsewhere. */
  changed: ChangeListener;
}

/** This instance's part in the cluster. */
export interface Cluster {
  /** All devices, wherever they are held. */
  readonly directory: Directory;
  /** Can the others be reached? If not, it goes on with what it holds. */
  readonly isReachable: boolean;
  /** Takes up what is recorded, and what the others have. */
  start(): Promise<void>;
  /** A device that is held here has changed. */
  deviceChanged(update: Update): void;
  /** A command has come a step further here. */
  commandChanged(entry: LedgerEntry): void;
  tokenWritten(news: TokenNews): void;
  /** Called often: sends what was collected for the others. */
  tick(): void;
  /** Resolves once all that is to be told has left, or cannot. */
  flush(): Promise<void>;
  /** Gives up all it holds: the others go on with it at once. */
  leave(): Promise<void>;
}

const RETRY_MS = 1000;

export function joinCluster(deps: ClusterDeps): Cluster {
  const { membership, registry, bus, fleet, ledger, desk, lives, clock, log } = deps;
  const { me } = membership;
  const replicas = new Replicas();
  const switchboard = new Switchboard(me, bus, clock);
  const outbox = new Outbox({
    me,
    registry,
    clock,
    log,
    record: (id) => fleet.find(id)?.record,
    isClaimed: (id) => ownership.isClaimed(id),
    claimed: (ids) => ownership.claimed(ids),
    refused: (owned) => {
      for (const it of owned) {
        if (ownership.isOurs(it)) {
          fleet.find(it.id)?.leapPast(it.version, true);
          continue;
        }
        ownership.lose(it.id, it.owner, it.epoch);
        reader.behind(it.id);
      }
    },
  });
  const learnCommand = (entry: LedgerEntry) => ledger.learn(entry);
  const reloadCommands = coalesced(() => ledger.reload());
  const ahead = new Ahead({ replicas, membership, switchboard, clock, read: (ids) => reader.some(ids) });
  const displaced = new DisplacedSessions({ me, fleet, replicas, switchboard, clock });
  const ownership = new Ownership({
    fleet,
    ledger,
    replicas,
    registry,
    membership,
    switchboard,
    outbox,
    ahead,
    displaced,
    conducts: { give: (id) => deps.budgets().give(id), carry: (id, lately) => deps.budgets().carry(id, lately) },
    reloadCommands,
    clock,
    log,
  });
  const reader = new Reader({ fleet, replicas, registry, ownership, outbox, ahead, clock });
  const attention = new RemoteAttention({ fleet, replicas, membership, switchboard, clock });
  const directory = new Directory({
    fleet,
    desk,
    replicas,
    membership,
    ownership,
    reader,
    switchboard,
    attention,
    displaced,
    ledger,
    places: () => places,
    learnCommand,
    restrict: (id, it) => deps.budgets().impose(id, it),
  });
  const instances = () => Math.max(1, membership.nodes.length);
  const places = new Places({ clock, maxDevices: deps.maxDevices, instances, devices: directory });
  const inbox = new Inbox({
    membership,
    replicas,
    ownership,
    reader,
    ahead,
    log,
    command: learnCommand,
    token: deps.learnToken,
    missed: () => {
      deps.metrics.newsLost();
      healing();
    },
    // It has read what is stored, and has not heard what was told before it came: the one may not hold the other yet.
    joined: () => {
      for (const entry of ledger.lately()) outbox.command(entry);
    },
  });

  /** What was missed is read, and devices that lost their instance are taken up. */
  const heal = async () => {
    await reader.all();
    await reloadCommands();
    await deps.reloadTokens();
  };
  const healing = untilItWorks(coalesced(heal));
  const reaper = new Reaper(lives, membership, clock);
  const adopting = untilItWorks(coalesced(() => ownership.adoptOrphans().then(() => reaper.reap())));

  let isLeaving = false;
  function untilItWorks(run: () => Promise<void>): () => void {
    let timer: unknown;
    const attempt = () => {
      clock.clearTimeout(timer);
      if (isLeaving) return;
      run().catch((error) => {
        log.debug({ err: error }, 'the cluster could not be read; it is tried again');
        timer = clock.setTimeout(attempt, RETRY_MS);
      });
    };
    return attempt;
  }

  replicas.onChange((update, after, before) => {
    if ('deleted' in update) fleet.noteRemoved(update.deviceId, update.version);
    if (after?.connection.status === 'offline') displaced.lost(update.deviceId);
    deps.changed(update, after, before);
  });
  desk.carryBy(directory);
  membership.onLapse(async () => {
    lives.stay().catch((error) => log.debug({ err: error }, 'the database cannot be told of this instance'));
    await heal();
  });
  membership.onChange((gone, haveLeft) => {
    // What it said last may not have come here, and no number of its will ever show that.
    if (gone.length > 0) healing();
    for (const instance of gone) {
      inbox.forget(instance);
      attention.forget(instance);
      displaced.instanceGone(instance);
      reaper.gone(instance, haveLeft);
      void desk.instanceGone(instance);
    }
    adopting();
  });

  return {
    directory,
    get isReachable() {
      return registry.reachable;
    },
    async start() {
      bus.onPublished((news) => inbox.take(news));
      bus.onReconnected(() => healing());
      for (const [id, record] of await fleet.recorded()) {
        if ('removedAt' in record) fleet.noteRemoved(id, record.removedAt);
        // The others may have been heard already, and they know more than what is recorded.
        else if (record.version > (directory.get(id)?.version ?? 0)) replicas.set({ ...record, epoch: 0, owner: '' });
      }
      await membership.start();
      attention.start();
      reaper.start();
    },
    deviceChanged(update) {
      outbox.changed(update, ownership.epochOf(update.deviceId));
      if ('deleted' in update) ownership.forget(update.deviceId);
    },
    commandChanged(entry) {
      outbox.command(entry);
      // Whoever asked may come to another instance in a moment, and is not to be told twice.
      if (entry.record.endedAt) void outbox.flush();
    },
    tokenWritten: (news) => outbox.token(news),
    tick: () => outbox.tick(),
    flush: () => outbox.flush(),
    async leave() {
      isLeaving = true;
      attention.stop();
      reaper.stop();
      reader.stop();
      ahead.stop();
      membership.stop();
      try {
        await outbox.flush();
        await registry.release(ownership.owned);
        await registry.leave();
        await outbox.flush({ left: true });
      } catch (error) {
        log.warn({ err: error }, 'left without a word: the cluster cannot be reached');
      }
    },
  };
}
