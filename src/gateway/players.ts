import type { Socket } from 'socket.io';
import type { Forwarded } from '../fleet/api.ts';
import type { DeviceHost } from '../fleet/device-host.ts';
import type { PlayerSession } from '../fleet/player-session.ts';
import { errors, publicError, VigiaError } from '../protocol/errors.ts';
import {
  CommandResponse,
  isPlainObject,
  PROTOCOL,
  Profile,
  Register,
  type Registered,
  StateUpdate,
} from '../protocol/player.ts';
import { parse } from '../protocol/schema.ts';
import { boundedResult } from './bounded-result.ts';
import { checkedState, measuredState } from './checked-state.ts';
import { StateText, takeStates } from './decoder.ts';
import { Line } from './line.ts';
import type { PlayerDeps } from './player-deps.ts';
import { pictureOfAnswer, type ReportedPicture } from './player-pictures.ts';
import { TokenBucket } from './rate.ts';
import { disconnectReason } from './reasons.ts';
import { createSession } from './session.ts';
import { type TurnedAwayFor, turnAway } from './turn-away.ts';
import { UnknownEvents } from './unknown-events.ts';

interface PlayerEvent {
  registered: boolean;
  /** It may be held for a moment, to be taken in with those of others. */
  isReport?: true;
  /** @param at when it came */
  handle(player: Player, payload: unknown, at: number): unknown;
}

type Ack = (answer: unknown) => void;

const STATE: PlayerEvent = {
  registered: true,
  isReport: true,
  handle: (player, payload, at) => player.report(payload, at),
};

/** What a player may send, and whether it must have registered before. */
const events: Record<string, PlayerEvent> = {
  'player:register': { registered: false, handle: (player, payload) => player.register(payload) },
  'player:state': STATE,
  'state:update': { registered: false, isReport: true, handle: (player, payload, at) => player.update(payload, at) },
  'player:command:response': { registered: false, handle: (player, payload) => player.respond(payload) },
};

/** One socket of a device: the registered one, or a second one beside it (CONTRACT P4). Parses in, emits out. */
export class Player {
  readonly #socket: Socket;
  readonly #deps: PlayerDeps;
  readonly #bucket: TokenBucket;
  readonly #line: Line;
  readonly #described: Profile;
  #deviceId: string | undefined;
  #session: PlayerSession | undefined;
  /** Why we closed the connection, if it was us. */
  #closedFor: string | undefined;
  #excess = 0;
  #toldOfExcessAt = 0;
  #goneFor: string | undefined;
  readonly #unknown: UnknownEvents;

  constructor(socket: Socket, deps: PlayerDeps) {
    this.#socket = socket;
    this.#deps = deps;
    this.#bucket = new TokenBucket(deps.clock, deps.settings.playerRate, deps.settings.playerBurst);
    this.#line = new Line(deps.turns, () => this.#deviceId);
    this.#described = Profile.parse(socket.handshake.query);
    // Neither its token nor its first request is kept for as long as it stays.
    Object.assign(socket.handshake, { auth: NOTHING, headers: NOTHING, query: NOTHING, url: '' });
    this.#unknown = new UnknownEvents(deps.log);
    this.#deviceId = socket.data.deviceId;
  }

  listen(): void {
    // One listener for all: it also sees what nobody listens to, which costs as much to receive.
    this.#socket.onAny((event: unknown, ...args: unknown[]) => this.#received(String(event), args));
    const endStates = takeStates(this.#socket, (state) => this.#accept('player:state', STATE, state));
    this.#socket.once('disconnect', endStates);
    this.#socket.conn.on('heartbeat', this.#heartbeat);
    this.#socket.on('disconnect', (reason) => this.#left(reason));
    this.#turnAwayIfBlocked();
  }

  get deviceId(): string | undefined {
    return this.#deviceId;
  }

  /** What it says from now on does not count; its session ends at once, its transport after a moment. */
  turnAway(code: TurnedAwayFor): void {
    if (this.#closedFor === code) return;
    this.#closedFor = code;
    turnAway(this.#socket, code, this.#deps);
    const session = this.#session;
    if (session) this.#line.end(() => this.#deps.fleet.left(this.#deviceId as string, session, code));
  }

  #turnAwayIfBlocked(): boolean {
    const isBlocked = this.#deviceId !== undefined && this.#deps.blocks.get(this.#deviceId) !== undefined;
    if (isBlocked) this.turnAway('blocked');
    return isBlocked;
  }

  get #isTurnedAway(): boolean {
    return this.#closedFor === 'blocked';
  }

  register(payload: unknown): Registered | Promise<Registered> {
    const { deviceId, ...profile } = parse(Register, payload);
    this.#mustBe(deviceId);
    this.#deviceId = deviceId;
    this.#socket.data.deviceId = deviceId;
    if (this.#turnAwayIfBlocked()) throw new VigiaError('blocked');
    // Once more on the same socket: no reason to displace the other machine in turn.
    if (this.#isDisplaced) return this.#confirm(this.#session as PlayerSession);
    const host = this.#deps.fleet.enrol(deviceId);
    return host instanceof Promise
      ? host.then((it) => this.#registerWith(it, profile))
      : this.#registerWith(host, profile);
  }

  #registerWith(host: DeviceHost, said: Partial<Profile>): Registered {
    const profile = { ...this.#described, ...given(said) };
    const session = this.#session ?? this.#newSession(profile);
    this.#session = session;
    // Before it is asked for anything, it knows that it is registered.
    const registered = this.#confirm(session);
    this.#registerAt(host, session, profile);
    return registered;
  }

  #confirm(session: PlayerSession): Registered {
    const { settings, clock } = this.#deps;
    const registered: Registered = {
      deviceId: this.#deviceId as string,
      sessionId: session.id,
      serverTime: new Date(clock.wall()).toISOString(),
      stateIntervalMs: settings.stateIntervalMs,
      protocol: PROTOCOL,
    };
    this.#socket.emit('player:registered', registered);
    return registered;
  }

  #registerAt(host: DeviceHost, session: PlayerSession, profile: Profile): void {
    host.register(session, profile);
    // It left, or was turned away, while its device was fetched.
    const gone = this.#goneFor ?? (this.#isTurnedAway ? this.#closedFor : undefined);
    if (gone) host.disconnected(session, gone);
  }

  report(message: unknown, at: number): void {
    const payload = message instanceof StateText ? message.parse()[0] : message;
    if (!isPlainObject(payload)) throw new VigiaError('invalid_payload', 'A state is an object.');
    if (typeof payload.deviceId === 'string') this.#mustBe(payload.deviceId);
    const host = this.#known();
    if (!host) throw new VigiaError('not_registered');
    const { state, picture } = checkedState(payload, this.#deps);
    host.report(state, at);
    this.#takePicture(host.id, picture, 'player:state');
  }

  update(payload: unknown, at: number): void {
    const { deviceId, timestamp, changes } = parse(StateUpdate, payload);
    if (deviceId !== undefined) this.#mustBe(deviceId);
    const { state: kept, picture } = checkedState(changes, this.#deps);
    const host = this.#known();
    // Beside a device that has not registered, or not yet: it is dropped, and no error (CONTRACT P4).
    const isTooEarly = host && !host.session && !this.#session;
    if (isTooEarly || (!host && !this.#forward({ update: kept, timestamp, address: this.#address }))) return;
    if (host) {
      // Section by section, a state must not outgrow what it may be as a whole.
      measuredState({ ...host.state, ...kept }, this.#deps);
      host.update(kept, timestamp, this.#session, at);
    }
    this.#takePicture(this.#deviceId as string, picture, 'state:update');
  }

  respond(payload: unknown): void {
    const response = parse(CommandResponse, payload);
    const { commandId, status, message } = response;
    const answer = (it: unknown) => ({
      status,
      ...(it === undefined ? {} : { result: boundedResult(it) }),
      ...(message ? { message } : {}),
    });
    const id = this.#deviceId;
    const host = this.#known();
    const command = host?.versioned.document.commands[commandId]?.command;
    const picture =
      id === undefined ? undefined : pictureOfAnswer(this.#deps.pictures, this.#at(id), response, command);
    const told = answer(picture ? picture.beside : response.result);
    const forwarded = { commandId, answer: told, address: this.#address };
    host?.seen();
    if (host) host.respond(commandId, told, picture?.complete);
    else if (picture) {
      const address = this.#address;
      void picture.complete.then((it) => this.#forward({ commandId, answer: answer(it), address }));
    } else if (!this.#forward(forwarded)) throw new VigiaError('not_registered');
  }

  get #address(): string {
    return this.#socket.handshake.address;
  }

  /** A device, and where it connects from. */
  #at(id: string): { id: string; address: string } {
    return { id, address: this.#deps.fleet.find(id)?.session?.address ?? this.#address };
  }

  /** What becomes of it is told when it is known; the state that it came with does not wait. */
  #takePicture(id: string, { sent, named }: ReportedPicture, event: string): void {
    const { pictures } = this.#deps;
    if (sent !== undefined) pictures.take(id, sent, 'state').catch((error) => this.#refuse(event, error, undefined));
    else if (named !== undefined) pictures.named(id, named, this.#at(id).address);
  }

  #known(): DeviceHost | undefined {
    return this.#deviceId === undefined ? undefined : this.#deps.fleet.find(this.#deviceId);
  }

  /** Whether the device is held elsewhere, where this was brought. */
  #forward(message: Forwarded): boolean {
    return this.#deviceId !== undefined && this.#deps.fleet.forward(this.#deviceId, message);
  }

  #mustBe(deviceId: string): void {
    if (this.#deviceId !== undefined && this.#deviceId !== deviceId) throw new VigiaError('device_mismatch');
  }

  #newSession(profile: Profile): PlayerSession {
    const owner = {
      socket: this.#socket,
      deviceId: this.#deviceId as string,
      after: (then: () => void) => this.#line.after(then),
      closing: (reason: string) => {
        this.#closedFor = reason;
      },
      resume: () => void this.#resume(profile),
    };
    return createSession({ ...this.#deps, ...owner }, profile);
  }

  /** A newer session of another machine has left (CONTRACT P8). */
  async #resume(profile: Profile): Promise<void> {
    if (this.#turnAwayIfBlocked()) return;
    try {
      const host = this.#deps.fleet.enrol(this.#deviceId as string);
      this.#registerAt(host instanceof Promise ? await host : host, this.#session as PlayerSession, profile);
    } catch (error) {
      this.#deps.log.error({ deviceId: this.#deviceId, err: error }, 'a displaced session could not come back');
    }
  }

  /** It comes from a machine that is not the device: what it says does not count (CONTRACT P8). */
  get #isRival(): boolean {
    if (this.#session || this.#deviceId === undefined) return this.#isDisplaced;
    return this.#deps.fleet.find(this.#deviceId)?.sessions.isRival(this.#address) ?? false;
  }

  get #isDisplaced(): boolean {
    if (!this.#session || this.#closedFor) return false;
    return this.#deps.fleet.find(this.#deviceId as string)?.session?.id !== this.#session.id;
  }

  #received(event: string, args: unknown[]): void {
    const known = Object.hasOwn(events, event) ? events[event] : undefined;
    const ack = typeof args.at(-1) === 'function' ? (args.pop() as Ack) : undefined;
    this.#accept(known ? event : event.slice(0, 64), known, args[0], ack);
  }

  /** Never throws. */
  #accept(event: string, known: PlayerEvent | undefined, payload: unknown, ack?: Ack): void {
    try {
      if (!this.#withinRate(event)) {
        ack?.({ ok: false, ...publicError(EXCESS), event });
        return;
      }
    } catch (error) {
      this.#refuse(event, error, ack);
      return;
    }
    if (this.#isTurnedAway) {
      ack?.({ ok: false, ...publicError(new VigiaError(this.#closedFor as TurnedAwayFor)), event });
      return;
    }
    if (!known) {
      this.#deps.metrics.refused('player', 'invalid_payload');
      const answer = this.#unknown.answerTo(event, this.#deviceId);
      ack?.(answer);
      return;
    }
    const at = this.#deps.clock.now();
    const take = () => this.#carryOut(event, known, payload, at, ack);
    if (known.isReport) this.#line.report(take, !ack && this.#mayBeHeld(payload));
    else this.#line.add(take);
  }

  /** If it will be taken, nobody waits for it, and it is small: a picture is of when it comes. */
  #mayBeHeld(report: unknown): boolean {
    if (!(report instanceof StateText) || report.json.length > MAX_HELD) return false;
    const registered = this.#session && this.#deviceId;
    return registered !== undefined && !this.#deps.fleet.attentive.has(registered) && !this.#isDisplaced;
  }

  /** Never rejects. */
  #carryOut(
    event: string,
    { registered, isReport, handle }: PlayerEvent,
    payload: unknown,
    at: number,
    ack: Ack | undefined,
  ): Promise<void> | undefined {
    // A session that was replaced: what it said last is not true of the one that took its place.
    if (isReport && (this.#closedFor === 'session_replaced' || this.#isTurnedAway)) return undefined;
    try {
      if (handle !== events['player:register']?.handle && this.#isRival) {
        ack?.({ ok: true });
        return undefined;
      }
      if (registered && !this.#session) throw new VigiaError('not_registered');
      const answer = handle(this, payload, at);
      if (answer instanceof Promise) {
        return answer.then(
          (it) => ack?.(it),
          (error) => this.#refuse(event, error, ack, isReport),
        );
      }
      ack?.(answer ?? { ok: true });
    } catch (error) {
      this.#refuse(event, error, ack, isReport);
    }
    return undefined;
  }

  #heartbeat = (): void => {
    if (!this.#isRival) this.#known()?.seen();
  };

  #left(reason: string): void {
    this.#socket.conn.off('heartbeat', this.#heartbeat);
    if (this.#deviceId === undefined) return;
    const why = this.#closedFor ?? (this.#deps.isDraining() ? 'server_shutdown' : disconnectReason(reason));
    this.#goneFor = why;
    this.#line.end(() => {
      if (this.#session) this.#deps.fleet.left(this.#deviceId as string, this.#session, why);
    });
  }

  #withinRate(event: string): boolean {
    if (this.#bucket.take()) return true;
    const { clock, metrics, log, audit, settings } = this.#deps;
    metrics.refused('player', 'rate_limited');
    const now = clock.now();
    if (now - this.#toldOfExcessAt >= 1000) {
      this.#toldOfExcessAt = now;
      this.#socket.emit('player:error', { code: 'rate_limited', message: errors.rate_limited.meaning, event });
      audit.record({
        actor: this.#address,
        kind: 'request.refused',
        deviceId: this.#deviceId,
        outcome: 'rate_limited',
        details: { audience: 'player' },
      });
    }
    // Who goes on for another burst costs too much even to refuse: the transport closes, and is tried again later.
    if (++this.#excess > settings.playerBurst && !this.#closedFor) {
      log.warn({ deviceId: this.#deviceId, address: this.#address }, 'closed: rate limit');
      metrics.transportClosed('rate_limited');
      this.#closedFor = 'rate_limited';
      this.#socket.conn.close();
    }
    return false;
  }

  #refuse(event: string, error: unknown, ack: Ack | undefined, isReport = false): void {
    const { log, metrics } = this.#deps;
    const told = { ...publicError(error), event };
    if (this.#isTurnedAway) return void ack?.({ ok: false, ...told });
    const about = { deviceId: this.#deviceId, address: this.#address, event, code: told.code };
    if (told.code === 'internal') log.error({ ...about, err: error }, 'player event failed');
    else log.debug({ ...about, details: told.details }, 'player event refused');
    metrics.refused('player', told.code);
    this.#socket.emit('player:error', told);
    ack?.({ ok: false, ...told });
    if (isReport && this.#session) this.#known()?.refused(told.code);
  }
}

const NOTHING = Object.freeze({});
const given = (profile: Partial<Profile>) =>
  Object.fromEntries(Object.entries(profile).filter(([, value]) => value != null));
/** Characters. */
const MAX_HELD = 16_384;
const EXCESS = new VigiaError('rate_limited');
