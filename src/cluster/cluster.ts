import type { Logger } from 'pino';
import type { TokenChange } from '../access/shared-tokens.ts';
import type { Imposed } from '../fleet/api.ts';
import type { CommandEndings } from '../fleet/command-endings.ts';
import type { CommandIntake } from '../fleet/command-intake.ts';
import type { CommandLedger } from '../fleet/command-ledger.ts';
import type { ChangeListener, Fleet } from '../fleet/fleet.ts';
import type { LedgerEntry } from '../fleet/ledger-entry.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import { coalesced } from '../ports/coalesced.ts';
import type { Incarnations } from '../ports/incarnations.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Registry } from '../ports/registry.ts';
import type { Update } from '../protocol/document.ts';
import { Rpc } from './calls.ts';
import { DeviceQuota } from './device-quota.ts';
import { Directory } from './directory.ts';
import { DisplacedSessions } from './displaced.ts';
import { Inbox } from './inbox.ts';
import type { Membership, MembershipListeners } from './membership.ts';
import { Outbox } from './outbox.ts';
import { type Conducts, Ownership } from './ownership.ts';
import { Reader } from './reader.ts';
import { Reaper } from './reaper.ts';
import { Rebalancer } from './rebalancer.ts';
import { RemoteWatching } from './remote-watching.ts';
import { Replicas } from './replicas.ts';
import { VersionConflicts } from './version-conflicts.ts';

export interface ClusterDeps {
  membership: Membership;
  registry: Registry;
  bus: Bus;
  fleet: Fleet;
  ledger: CommandLedger;
  intake: CommandIntake;
  endings: CommandEndings;
  incarnations: Incarnations;
  clock: Clock;
  log: Logger;
  metrics: Pick<Metrics, 'messagesLost' | 'playerMoved'>;
  maxDevices: number;
  /** NODE_ID. */
  node: string;
  /** See `RebalancerDeps.afterMs`. 0: never. */
  rebalanceAfterMs: number;
  /** The budgets of devices at this instance. `impose`: another instance restricts a device that is held here. */
  budgets: Conducts & { impose(id: string, it: Imposed): void };
  /** Applies a token change of another instance. */
  learnToken(change: TokenChange): void;
  /** Reads the stored tokens again. */
  reloadTokens(): Promise<void>;
  /** Reads the stored fleet tokens again: another instance may have started with a new one. */
  rereadFleetTokens(): Promise<void>;
  /** Changes of devices that other instances hold. */
  changed: ChangeListener;
}

/** This instance's membership in the cluster. */
export interface Cluster {
  /** All devices of the cluster, whichever instance holds them. */
  readonly directory: Directory;
  /** Whether Redis is reachable. If not, the instance continues with the devices it holds. */
  readonly isReachable: boolean;
  /** Loads the recorded devices and synchronizes with the other instances. */
  start(): Promise<void>;
  /** A device held here has changed. */
  deviceChanged(update: Update): void;
  /** A command has progressed here. */
  commandChanged(entry: LedgerEntry): void;
  tokenWritten(change: TokenChange): void;
  /** Called often: publishes the collected changes. */
  tick(): void;
  /** Resolves once all collected changes are published, or cannot be. */
  flush(): Promise<void>;
  /** See `MembershipListeners`. */
  membershipChanged: MembershipListeners['changed'];
  lapsed: MembershipListeners['lapsed'];
  /** Releases all devices, so that the other instances take them over at once. */
  leave(): Promise<void>;
}

const RETRY_MS = 1000;

export function joinCluster(deps: ClusterDeps): Cluster {
  const { membership, registry, bus, fleet, ledger, intake, endings, incarnations, clock, log } = deps;
  const { me } = membership;
  const replicas = new Replicas((update, after, before) => {
    if ('deleted' in update) fleet.noteRemoved(update.deviceId, update.version);
    if (after?.connection.status === 'offline') displaced.lost(update.deviceId);
    deps.changed(update, after, before);
  });
  const rpc = new Rpc(me, bus, clock);
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
          fleet.find(it.id)?.advanceVersionPast(it.version, true);
          continue;
        }
        ownership.lose(it.id, it.owner, it.epoch);
        reader.behind(it.id);
      }
    },
  });
  const reloadCommands = coalesced(() => fleet.reloadCommands());
  const conflicts = new VersionConflicts({ replicas, membership, rpc, clock, read: (ids) => reader.some(ids) });
  const displaced = new DisplacedSessions({ me, fleet, replicas, rpc, clock });
  const ownership = new Ownership({
    fleet,
    ledger,
    replicas,
    registry,
    membership,
    rpc,
    outbox,
    conflicts,
    displaced,
    conducts: deps.budgets,
    reloadCommands,
    clock,
    log,
  });
  const reader = new Reader({ fleet, replicas, registry, ownership, outbox, conflicts, clock });
  const watching = new RemoteWatching({ fleet, replicas, rpc, clock });
  const quota = new DeviceQuota({
    clock,
    maxDevices: deps.maxDevices,
    instances: () => Math.max(1, membership.nodes.length),
    devices: {
      get: (id) => fleet.find(id) ?? replicas.get(id),
      get size() {
        return fleet.size + replicas.size;
      },
    },
  });
  const directory = new Directory({
    fleet,
    intake,
    endings,
    replicas,
    membership,
    ownership,
    reader,
    rpc,
    watching,
    displaced,
    ledger,
    quota,
    clock,
    restrict: (id, it) => deps.budgets.impose(id, it),
    published: (id) => outbox.published(id),
  });
  const inbox = new Inbox({
    membership,
    replicas,
    ownership,
    reader,
    conflicts,
    log,
    command: (entry) => fleet.learnCommand(entry),
    token: deps.learnToken,
    missed: () => {
      deps.metrics.messagesLost();
      healing();
    },
    // A new instance missed all messages sent before it subscribed, and the store that it read may not contain those
    // changes yet. It stored its fleet tokens before it joined.
    joined: () => {
      for (const entry of ledger.lately()) outbox.command(entry);
      rereadingFleetTokens();
    },
  });

  /** Reads everything that messages may have missed. */
  const heal = async () => {
    await reader.all();
    await reloadCommands();
    await deps.reloadTokens();
  };
  const healing = untilItWorks(coalesced(heal));
  const rereadingFleetTokens = untilItWorks(() => deps.rereadFleetTokens());
  const { node, rebalanceAfterMs: afterMs, metrics } = deps;
  const rebalancer = new Rebalancer({ fleet, replicas, membership, registry, node, afterMs, clock, log, metrics });
  const reaper = new Reaper(incarnations, membership, clock);
  const adopting = untilItWorks(coalesced(() => ownership.adoptOrphans().then(() => reaper.reap())));

  let isLeaving = false;
  function untilItWorks(run: () => Promise<void>): () => void {
    let timer: unknown;
    const attempt = () => {
      clock.clearTimeout(timer);
      if (isLeaving) return;
      run().catch((error) => {
        log.debug({ err: error }, 'reading the cluster state failed; retrying');
        timer = clock.setTimeout(attempt, RETRY_MS);
      });
    };
    return attempt;
  }

  return {
    directory,
    get isReachable() {
      return registry.reachable;
    },
    membershipChanged(gone, haveLeft) {
      // Its last messages may be lost, and no later sequence number will reveal the gap.
      if (gone.length > 0) healing();
      for (const instance of gone) {
        inbox.forget(instance);
        watching.forget(instance);
        displaced.instanceGone(instance);
        reaper.gone(instance, haveLeft);
        void endings.instanceGone(instance);
      }
      adopting();
    },
    async lapsed() {
      incarnations
        .register()
        .catch((error) => log.debug({ err: error }, 'this instance cannot be registered in the database'));
      await heal();
    },
    async start() {
      bus.receive({
        published: (message) => inbox.take(message),
        message: (message) => rpc.receive(message, directory),
        reconnected: () => healing(),
      });
      for (const [id, record] of await fleet.recorded()) {
        if ('removedAt' in record) fleet.noteRemoved(id, record.removedAt);
        // Messages of other instances may have arrived already, and they are newer than the record.
        else if (record.version > (directory.get(id)?.version ?? 0)) replicas.set({ ...record, epoch: 0, owner: '' });
      }
      await membership.start();
      watching.start();
      reaper.start();
      rebalancer.start();
    },
    deviceChanged(update) {
      outbox.changed(update, ownership.epochOf(update.deviceId));
      // The others may be asked for a new device at once.
      if (update.version === 1) void outbox.flush();
      if ('deleted' in update) ownership.forget(update.deviceId);
    },
    commandChanged(entry) {
      outbox.command(entry);
      // The admin may reconnect to another instance at once, which must not notify it a second time.
      if (entry.record.endedAt) void outbox.flush();
    },
    tokenWritten: (change) => outbox.token(change),
    tick: () => outbox.tick(),
    flush: () => outbox.flush(),
    async leave() {
      isLeaving = true;
      rebalancer.stop();
      watching.stop();
      reaper.stop();
      reader.stop();
      conflicts.stop();
      membership.stop();
      try {
        await outbox.flush();
        await registry.release(ownership.owned);
        await registry.leave();
        await outbox.flush({ left: true });
      } catch (error) {
        log.warn({ err: error }, 'left without notifying the other instances: the cluster is unreachable');
      }
    },
  };
}
