import type { Clock } from '../ports/clock.ts';
import type { Identity } from '../protocol/admin.ts';
import type { ShownDesired } from '../protocol/desired.ts';
import type { DeviceDocument, Update } from '../protocol/document.ts';
import type { DeviceHost } from './device-host.ts';
import type { Fleet } from './fleet.ts';
import { type Desired, Keeper, type KeeperDeps } from './keeper.ts';
import { Poller } from './poller.ts';

/** The identity behind the keepers' commands. No token has this id. */
export const KEEPER: Identity = { tokenId: 'keeper', name: 'keeper', role: 'operator' };

const SHORTEST_MS = 1000;
const AT_ONCE = 100;

/** Gives each device with a desired state a keeper. Other devices have none and cost nothing. */
export class Keepers {
  readonly #fleet: Fleet;
  readonly #deps: KeeperDeps;
  readonly #desiredOf: (document: DeviceDocument) => Desired | undefined;
  readonly #clock: Clock;
  #isStarted = false;
  #waiting: DeviceHost[] = [];

  constructor({
    fleet,
    desiredOf,
    ...deps
  }: Omit<KeeperDeps, 'poller'> & { fleet: Fleet; desiredOf: (document: DeviceDocument) => Desired | undefined }) {
    this.#fleet = fleet;
    this.#clock = deps.clock;
    this.#desiredOf = desiredOf;
    this.#deps = { ...deps, poller: new Poller(deps.clock, SHORTEST_MS) };
  }

  deviceChanged({ deviceId }: Update, after: DeviceDocument | undefined, before: DeviceDocument | undefined): void {
    if (!this.#isStarted || !after) return;
    // A device that is new here has no keeper yet.
    const isOther = after.group !== before?.group || !this.#fleet.find(deviceId)?.keeper;
    if (isOther && (after.desired || this.#desiredOf(after))) this.lookSoon(deviceId);
  }

  /** Deferred: the other listeners must see the current change first. */
  lookSoon(deviceId: string): void {
    this.#clock.setTimeout(() => this.look(deviceId), 0);
  }

  start(): void {
    this.#isStarted = true;
    this.changed();
  }

  /** The desired states have changed. Devices are checked in slices, so that the event loop stays responsive. */
  changed(): void {
    const isUnderWay = this.#waiting.length > 0;
    this.#waiting = [...this.#fleet.hosts];
    if (!isUnderWay) this.#lookAtSome();
  }

  #lookAtSome(): void {
    for (const { id } of this.#waiting.splice(0, AT_ONCE)) this.look(id);
    if (this.#waiting.length > 0) this.#clock.setTimeout(() => this.#lookAtSome(), 0);
  }

  stop(): void {
    this.#isStarted = false;
    this.#waiting = [];
    this.#deps.poller.stop();
  }

  /** Checks whether the device's desired state has changed. */
  look(deviceId: string): void {
    const host = this.#fleet.find(deviceId);
    if (host) this.#begin(host);
  }

  #begin(host: DeviceHost): void {
    if (!this.#isStarted) return;
    const { document } = host.versioned;
    const desired = this.#desiredOf(document);
    const known = document.desired;
    if (!desired) {
      if (host.keeper || known) host.keep(undefined);
    } else if (!host.keeper || !isSame(host.keeper.desired, desired)) {
      host.keep(new Keeper(host, desired, this.#deps, known && isOf(known, desired) ? known : undefined));
    }
  }
}

const isSame = (a: Desired, b: Desired): boolean =>
  a.source === b.source && a.target.setAt === b.target.setAt && a.target.setBy === b.target.setBy;

const isOf = (shown: ShownDesired, desired: Desired): boolean =>
  isSame({ source: shown.source, target: shown }, desired);
