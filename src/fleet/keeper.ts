import { initialTransition, type SnapshotFrom, transition } from 'xstate';
import type { IntentName } from '../../machines/intents.ts';
import {
  type Facts,
  GIVE_UP_AFTER,
  type KeeperEvent,
  type KeeperInput,
  keeperMachine,
  retryAt,
  statusOf,
  type Tried,
} from '../../machines/keeper.ts';
import { type Clock, momentOf } from '../ports/clock.ts';
import type { DesiredSource, SetDesired, ShownDesired } from '../protocol/desired.ts';
import type { DeviceDocument, Time } from '../protocol/document.ts';
import { time } from './document.ts';
import type { Polled, Poller } from './poller.ts';

/** The desired state of a device. */
export interface Desired {
  target: SetDesired;
  source: DesiredSource;
}

export interface KeeperDeps {
  clock: Clock;
  poller: Poller;
  /** Evaluates hours and maintenance windows. Times are wall-clock times. */
  situation(
    document: DeviceDocument,
    during: SetDesired['during'],
    wall: number,
  ): { isActive: boolean; isMaintained: boolean; nextAt: number | undefined };
  /** Sends the intent, and resolves with its ending. Never rejects. */
  order(deviceId: string, intent: IntentName): Promise<string>;
}

/** The device, as used by its keeper. */
interface KeptDevice {
  readonly id: string;
  turn(fn: () => void): void;
}

/** The facts that the device's host provides. */
export type Known = Omit<Facts, 'isActive' | 'isMaintained'>;

/** Keeps one device in its desired state: feeds its machine with facts and executes its actions. */
export class Keeper implements Polled {
  readonly desired: Desired;
  readonly #device: KeptDevice;
  readonly #deps: KeeperDeps;
  #snapshot: SnapshotFrom<typeof keeperMachine>;
  #shown: ShownDesired | undefined;
  #isStopped = false;

  /** @param shown what the document shows, from an earlier process or another instance */
  constructor(device: KeptDevice, desired: Desired, deps: KeeperDeps, shown: ShownDesired | undefined) {
    this.desired = desired;
    this.#device = device;
    this.#deps = deps;
    this.#shown = shown;
    const { playback, fullscreen, giveUpAfter = GIVE_UP_AFTER } = desired.target;
    const input = { target: { playback, fullscreen }, giveUpAfter, ...remembered(shown, deps.clock) };
    [this.#snapshot] = initialTransition(keeperMachine, input);
  }

  /** Returns the `desired` part of the document. */
  look(document: DeviceDocument, known: Known): ShownDesired {
    const { clock, situation, poller } = this.#deps;
    const { at } = known;
    const wall = clock.wall(at);
    const { nextAt, ...now } = situation(document, this.desired.target.during, wall);
    this.#send({ type: 'EVALUATE', facts: { ...known, ...now } });
    const { tries, suspended } = this.#snapshot.context;
    const moments = Object.values(tries).map(retryAt);
    if (suspended) moments.push(suspended.until);
    if (nextAt !== undefined) moments.push(at + nextAt - wall);
    const next = Math.min(...moments.filter((it) => it > at));
    if (Number.isFinite(next)) poller.set(this, next);
    else poller.delete(this);
    return this.#show(at);
  }

  /** Someone else has sent the device a command. */
  commanded(by: string): void {
    this.#send({ type: 'COMMANDED', by, at: this.#deps.clock.now() });
  }

  /** Ends a turn of the device, which calls `look`. */
  poll(): undefined {
    this.#device.turn(() => {});
  }

  stop(): void {
    this.#isStopped = true;
    this.#deps.poller.delete(this);
  }

  #send(event: KeeperEvent): void {
    const [snapshot, actions] = transition(keeperMachine, this.#snapshot, event);
    this.#snapshot = snapshot;
    for (const { type, params } of actions) if (type === 'act') this.#act((params as { intent: IntentName }).intent);
  }

  #act(intent: IntentName): void {
    void this.#deps.order(this.#device.id, intent).then((ending) => {
      if (this.#isStopped) return;
      this.#send({ type: 'ENDED', ending, at: this.#deps.clock.now() });
      this.#device.turn(() => {});
    });
  }

  /** Returns the same object if nothing changed. */
  #show(at: number): ShownDesired {
    const { clock } = this.#deps;
    const { value, context } = this.#snapshot;
    const stamp = (moment: number): Time => time(clock.wall(moment));
    const [status, before] = [statusOf(value), this.#shown];
    const { why, suspended } = context;
    const isSame = before?.status === status && before.why === why;
    const tried = Object.entries(context.tries).map(([intent, { times, lastAt, ending }]) => ({
      intent: intent as IntentName,
      times,
      lastAt: stamp(lastAt),
      ...(ending !== undefined && { ending }),
    }));
    const shown: ShownDesired = {
      ...this.desired.target,
      source: this.desired.source,
      status,
      since: isSame ? before.since : stamp(at),
      why,
      ...(suspended && why === 'command' && { by: suspended.by, until: stamp(suspended.until) }),
      ...(tried.length > 0 && status !== 'converged' && { tried }),
    };
    if (isSame && JSON.stringify(shown) === JSON.stringify(before)) return before;
    this.#shown = shown;
    return shown;
  }
}

/**
 * Limits restored timestamps, because the wall clock may have been set since: none is in the future, and no suspension
 * lasts longer than allowed.
 */
function remembered(shown: ShownDesired | undefined, clock: Clock): Pick<KeeperInput, 'tries' | 'suspended'> {
  if (!shown) return {};
  const { tried = [], by, until } = shown;
  const tries = tried.map(({ intent, times, lastAt, ending }): [IntentName, Tried] => [
    intent,
    { times, lastAt: momentOf(clock, lastAt), ...(ending !== undefined && { ending }) },
  ]);
  return {
    tries: Object.fromEntries(tries),
    ...(by !== undefined && until !== undefined && { suspended: { by, until: untilOf(shown, until, clock) } }),
  };
}

const untilOf = ({ since }: ShownDesired, until: Time, clock: Clock): number =>
  momentOf(clock, since) + Math.max(0, Date.parse(until) - Date.parse(since));
