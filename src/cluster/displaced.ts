import type { DeviceHost } from '../fleet/device-host.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { PlayerSession } from '../fleet/player-session.ts';
import type { Predecessor, SessionFacts } from '../fleet/sessions.ts';
import type { Clock } from '../ports/clock.ts';
import { withTimeout } from '../ports/with-timeout.ts';
import type { Rpc } from './calls.ts';
import type { Replicas } from './replicas.ts';

/** After this time the device's machine stops waiting for the answer to a ping (SPEC P8). */
const ANSWER_MS = 5000;

/** A session, and the instance that has its socket. */
export interface LocatedSession extends SessionFacts {
  holder: string;
}

export interface DisplacedDeps {
  me: string;
  fleet: Fleet;
  replicas: Replicas;
  rpc: Rpc;
  clock: Clock;
}

/** A session whose socket is at another instance. Its machine was displaced by one that registered here. */
class RemoteSession implements PlayerSession {
  readonly id: string;
  readonly address: string;
  readonly macs: readonly string[];
  readonly holder: string;
  readonly #rpc: Rpc;
  readonly #gone: (session: PlayerSession) => void;

  constructor({ id, address, macs, holder }: LocatedSession, rpc: Rpc, gone: (session: PlayerSession) => void) {
    this.id = id;
    this.address = address;
    this.macs = macs;
    this.holder = holder;
    this.#rpc = rpc;
    this.#gone = gone;
  }

  probe(answered: () => void): void {
    this.#rpc.call(this.holder, 'probe', { sessionId: this.id }).then(
      (isAlive) => isAlive && answered(),
      // The machine handles the timeout.
      () => {},
    );
  }

  resume(): void {
    this.#rpc.call(this.holder, 'resume', { sessionId: this.id }).then(
      (isThere) => isThere || this.gone(this),
      () => this.gone(this),
    );
  }

  end(code: 'session_replaced' | 'revoked'): void {
    this.#rpc.notify(this.holder, { note: 'endSession', sessionId: this.id, code });
  }

  gone(session: PlayerSession): void {
    this.#gone(session);
  }

  // A displaced session is not the device, so it is not polled.
  askState(): void {}
  askSnapshot(): void {}
  fetchSnapshot(): undefined {}
  sendCommand(): void {}
  drop(): void {}
}

/**
 * Sessions of displaced machines, if the current machine's socket is at another instance (SPEC K7). The instance that
 * holds the device decides on all its sessions; the other instances keep their sockets open for it.
 */
export class DisplacedSessions {
  readonly #deps: DisplacedDeps;
  /** By session id: local sockets of devices that are held elsewhere. */
  readonly #kept = new Map<string, { deviceId: string; session: PlayerSession; facts: SessionFacts }>();

  constructor(deps: DisplacedDeps) {
    this.#deps = deps;
  }

  /** The device moves to another instance: returns the sessions to hand over. Local sockets stay open. */
  keep(host: DeviceHost, sessions: readonly SessionFacts[]): LocatedSession[] {
    return sessions.map((facts) => {
      const session = host.sessions.get(facts.id) as PlayerSession;
      if (session instanceof RemoteSession) return { ...facts, holder: session.holder };
      this.#kept.set(facts.id, { deviceId: host.id, session, facts });
      return { ...facts, holder: this.#deps.me };
    });
  }

  /** The device is held here from now on. */
  takeUp(deviceId: string, handover: { sessions: LocatedSession[]; own: string | null } | null): Predecessor {
    const { me, rpc } = this.#deps;
    const kept = this.#keptOf(deviceId);
    for (const { facts } of kept) this.#kept.delete(facts.id);
    if (!handover) return { sessions: kept, own: null };
    const sessions = handover.sessions.flatMap((facts): Predecessor['sessions'] => {
      if (facts.holder === me) return kept.filter(({ session }) => session.id === facts.id);
      const gone = (session: PlayerSession) => this.#deps.fleet.left(deviceId, session, 'instance_lost');
      return [{ session: new RemoteSession(facts, rpc, gone), facts }];
    });
    return { sessions, own: handover.own };
  }

  /** No instance took the device over: its players reconnect by themselves. */
  drop(deviceId: string): void {
    for (const { session } of this.#keptOf(deviceId)) {
      this.#kept.delete(session.id);
      session.drop('instance_lost');
    }
  }

  /** A local socket has closed. */
  left({ id: sessionId }: PlayerSession): void {
    const known = this.#kept.get(sessionId);
    if (!known) return;
    this.#kept.delete(sessionId);
    const { owner = '' } = this.#deps.replicas.get(known.deviceId) ?? {};
    if (owner !== '') this.#deps.rpc.notify(owner, { note: 'left', id: known.deviceId, sessionId });
  }

  /** The device is offline: if its owner did not recall one of the displaced machines here, this does. */
  lost(deviceId: string): void {
    this.#keptOf(deviceId).at(-1)?.session.resume();
  }

  /** An instance is gone, with its sockets and devices. */
  instanceGone(instance: string): void {
    const { fleet, replicas } = this.#deps;
    for (const host of fleet.hosts) {
      for (const { id } of host.sessions.facts) {
        const session = host.sessions.get(id);
        if (session instanceof RemoteSession && session.holder === instance) session.gone(session);
      }
    }
    const orphans = [...this.#kept.values()].filter(({ deviceId }) => replicas.get(deviceId)?.owner === instance);
    for (const deviceId of new Set(orphans.map((it) => it.deviceId))) this.lost(deviceId);
  }

  // For the instance that holds the device -------------------------------------------------------------------------------

  async isAlive(sessionId: string): Promise<boolean> {
    const known = this.#kept.get(sessionId);
    if (!known) return false;
    const answer = new Promise<boolean>((resolve) => known.session.probe(() => resolve(true)));
    return withTimeout(this.#deps.clock, ANSWER_MS, answer, () => false);
  }

  resume(sessionId: string): boolean {
    const known = this.#kept.get(sessionId);
    known?.session.resume();
    return known !== undefined;
  }

  end(sessionId: string, code: 'session_replaced' | 'revoked'): void {
    const known = this.#kept.get(sessionId);
    this.#kept.delete(sessionId);
    known?.session.end(code);
  }

  #keptOf(deviceId: string) {
    return [...this.#kept.values()].filter((it) => it.deviceId === deviceId);
  }
}
