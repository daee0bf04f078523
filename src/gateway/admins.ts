import type { Logger } from 'pino';
import type { z } from 'zod';
import { requireRole } from '../access/roles.ts';
import { seesAlert, type View, viewOf } from '../access/view.ts';
import { commandFacts } from '../audit/commands.ts';
import type { Devices, Watching } from '../fleet/api.ts';
import type { CommandDesk } from '../fleet/command-desk.ts';
import { continueTrace } from '../fleet/command-traces.ts';
import type { Asker } from '../fleet/ledger-entry.ts';
import type { Audit } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { TokenBucket } from '../ports/rate.ts';
import {
  type Identity,
  Nothing,
  OneCommand,
  OneDevice,
  Refresh,
  SendTracedCommand,
  Subscribe,
  Watch,
} from '../protocol/admin.ts';
import { type CommandEnding, type CommandRecord, endingFacts } from '../protocol/commands.ts';
import type { VersionedDocument } from '../protocol/document.ts';
import { publicError, VigiaError } from '../protocol/errors.ts';
import type { AdminRequest, AdminRequests, OpenAlerts } from '../protocol/events.ts';
import type { Role } from '../protocol/roles.ts';
import type { VersionedRollout } from '../protocol/rollouts.ts';
import { ID, parse } from '../protocol/schema.ts';
import type { StreamMessage } from '../protocol/stream.ts';
import { PROTOCOL } from '../protocol/version.ts';
import { MAX_BACKLOG_BYTES, type Payload, type Reply, type Stream, type Subscriber } from '../stream/stream.ts';
import { enterRooms, tokenRoom } from './admin-rooms.ts';
import { backlogOf } from './backlog.ts';
import type { Connection } from './connection.ts';
import { EncodedJson } from './encoder.ts';
import type { AlertsFeed, RolloutFeed } from './feeds.ts';
import type { Closed } from './io.ts';
import { SlowLines } from './slow-lines.ts';
import type { AdminNamespace, AdminSocket } from './sockets.ts';

export interface AdminDeps {
  devices: Pick<Devices, 'get' | 'lookUp'> & Watching;
  desk: CommandDesk;
  stream: Stream;
  rollouts: RolloutFeed;
  alerts: AlertsFeed;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  audit: Audit;
  /** Called when the server closes a transport, with the reason. */
  closed: Closed;
}

/** Limits per admin socket: requests in flight, requests per second, burst. */
const MAX_IN_FLIGHT = 200;
const RATE = 200;
const BURST = 2000;
const MAX_WATCHED = 1000;

/** What the audit entry of an action contains. */
interface Facts {
  deviceId?: string | undefined;
  details?: Record<string, unknown>;
}

/** The fields of an acknowledgement beside `ok`. Documents are already encoded. */
type AnswerTo<E extends AdminRequest> = AdminRequests[E]['answer'] | Reply;

interface AdminEvent<A extends object | string = object | string> {
  role: Role;
  /** The kind of its audit entry. Undefined for read-only events. */
  kind?: string;
  handle(admin: Admin, payload: unknown): Promise<{ answer: A; facts?: Facts }>;
}

/**
 * Declares an event together with its role, so that no event is reachable without one (SPEC A4). If the payload
 * contains a `deviceId`, the token must have access to that device.
 */
function read<T extends z.ZodType, A extends object | string>(
  role: Role,
  schema: T,
  handle: (admin: Admin, payload: z.output<T>) => A | Promise<A>,
): AdminEvent<A> {
  return { role, handle: async (admin, payload) => ({ answer: await handle(admin, admin.read(schema, payload)) }) };
}

/** Like `read`, for events that change something: `kind` is the kind of the audit entry. */
function act<T extends z.ZodType, A extends object>(
  role: Role,
  kind: string,
  schema: T,
  handle: (admin: Admin, payload: z.output<T>) => Promise<{ answer: A; facts: Facts }>,
): AdminEvent<A> {
  return { role, kind, handle: async (admin, payload) => handle(admin, admin.read(schema, payload)) };
}

const events: { [E in AdminRequest]: AdminEvent<AnswerTo<E>> } = {
  'fleet:subscribe': read('viewer', Subscribe, (admin, it) => admin.subscribe(it)),
  'fleet:more': read('viewer', Nothing, (admin) => admin.stream.more(admin.subscriber.id)),
  'fleet:unsubscribe': read('viewer', Nothing, (admin) => {
    admin.stream.unsubscribe(admin.subscriber.id);
    return {};
  }),
  'rollouts:subscribe': read('viewer', Nothing, (admin) => ({ rollouts: admin.followRollouts() })),
  'rollouts:unsubscribe': read('viewer', Nothing, (admin) => {
    admin.unfollowRollouts();
    return {};
  }),
  'alerts:subscribe': read('viewer', Nothing, (admin) => admin.followAlerts()),
  'alerts:unsubscribe': read('viewer', Nothing, (admin) => {
    admin.unfollowAlerts();
    return {};
  }),
  'device:get': read('viewer', OneDevice, (admin, { deviceId }) => admin.device(deviceId)),
  'device:watch': read('viewer', Watch, (admin, { deviceId, intervalMs }) => ({
    intervalMs: admin.watch(deviceId, intervalMs),
  })),
  'device:unwatch': read('viewer', OneDevice, (admin, { deviceId }) => ({ intervalMs: admin.unwatch(deviceId) })),
  'device:refresh': read('viewer', Refresh, (admin, { deviceId, what }) => admin.refresh(deviceId, what)),
  'command:send': act('operator', 'command.sent', SendTracedCommand, async (admin, { traceparent, ...request }) => {
    const commands = await continueTrace(traceparent, () =>
      admin.desk.send(request, admin.identity, admin.subscriber.id),
    );
    return { answer: { commands }, facts: commandFacts(request, commands) };
  }),
  'command:cancel': act('operator', 'command.cancelled', OneCommand, async (admin, { commandId }) => {
    const record = await admin.desk.get(commandId);
    if (record && !admin.view.knows(record.deviceId)) throw new VigiaError('command_unknown');
    const status = await admin.desk.cancel(commandId);
    return { answer: { status }, facts: { details: { commandId, status } } };
  }),
};

const isRequest = (event: string): event is AdminRequest => Object.hasOwn(events, event);

const unknownEvent: AdminEvent = {
  role: 'viewer',
  handle: async () => {
    throw new VigiaError('invalid_payload', 'There is no such event.');
  },
};

/** Returns a function to call when a device changes its group. */
export function serveAdmins(namespace: AdminNamespace, deps: AdminDeps): (deviceId: string) => void {
  const limited = new Set<Admin>();
  const slowLines = new SlowLines(deps.clock);
  namespace.on('connection', (socket) => {
    const admin = new Admin(socket, slowLines, deps);
    if (admin.identity.groups) {
      limited.add(admin);
      socket.once('disconnect', () => limited.delete(admin));
    }
    admin.listen();
    socket.emit('server:hello', { protocol: PROTOCOL });
    void deps.desk.notifyMissed(admin.identity.tokenId);
  });
  return (deviceId) => {
    for (const admin of limited) admin.regrouped(deviceId);
  };
}

/** Publishes a batch as one broadcast to one room: µWS handles this natively. */
export const publisher = (namespace: AdminNamespace) => (room: string, payload: Payload) => {
  namespace.local.to(room).emit('state:updated', wire(payload));
};

const watchRoom = (deviceId: string) => `watch:${deviceId}`;
/** The encoder writes JSON text as it is. */
const wire = (payload: Payload) =>
  (typeof payload === 'string' ? new EncodedJson(payload) : payload) as StreamMessage | Buffer;

/**
 * Notifies the sender of a command (at another socket of the same token if the original one is gone) and the device's
 * watchers. Watchers are notified once: not again if `missed`, the late notification of the sender.
 * @returns whether the sender was reached
 */
export function notifyEnding(
  namespace: AdminNamespace,
  record: CommandRecord,
  asker: Asker | undefined,
  missed: boolean,
): boolean {
  const { tokenId = '', socketId = null } = asker ?? {};
  // Messages to a closing connection are lost.
  const isOpen = (id: string) => namespace.sockets.get(id)?.conn.readyState === 'open';
  const isHere = socketId !== null && isOpen(socketId);
  const room = socketId === null ? undefined : isHere ? socketId : tokenRoom(tokenId);
  const reached = isHere || (room !== undefined && [...(namespace.adapter.rooms.get(room) ?? [])].some(isOpen));
  const { commandId, deviceId, command } = record;
  const status = record.status as CommandEnding;
  const rooms = [...(room === undefined ? [] : [room]), ...(missed ? [] : [watchRoom(deviceId)])];
  // Without a room, Socket.IO would broadcast to all.
  if (rooms.length === 0) return reached;
  namespace.local.to(rooms).emit('command:response', {
    commandId,
    deviceId,
    command,
    status,
    ...endingFacts(record),
  });
  return reached;
}

class Admin {
  readonly identity: Identity;
  readonly view: View;
  readonly desk: CommandDesk;
  readonly stream: Stream;
  readonly subscriber: Subscriber;
  readonly #socket: AdminSocket;
  readonly #slowLines: SlowLines;
  readonly #deps: AdminDeps;
  readonly #watched = new Set<string>();
  readonly #bucket: TokenBucket;
  #inFlight = 0;

  constructor(socket: AdminSocket, slowLines: SlowLines, deps: AdminDeps) {
    this.#slowLines = slowLines;
    this.identity = socket.data.identity;
    this.view = viewOf(this.identity, deps.devices);
    this.desk = deps.desk;
    this.stream = deps.stream;
    this.#socket = socket;
    this.#deps = deps;
    this.#bucket = new TokenBucket(deps.clock, RATE, BURST);
    this.subscriber = {
      id: socket.id,
      join: (room) => void socket.join(room),
      leave: (room) => void socket.leave(room),
      update: (payload) => socket.emit('state:updated', wire(payload)),
      resync: (reason) => socket.emit('fleet:resync', { reason }),
      backlog: () => backlogOf(socket),
      cut: () => {
        deps.closed('slow_reader', socket.conn as unknown as Connection);
        socket.conn.close(true);
      },
    };
  }

  listen(): void {
    enterRooms(this.#socket, this.identity, this.#deps.clock);
    this.#socket.onAny((name: unknown, ...args: unknown[]) => {
      const ack = args.at(-1);
      const answer = typeof ack === 'function' ? (ack as (answer: object) => void) : () => {};
      const event = String(name);
      const payload = typeof args[0] === 'function' ? undefined : args[0];
      // An unknown name may contain anything: it must not appear in the log or the audit.
      if (isRequest(event)) void this.#answer(event, events[event], payload, answer);
      else void this.#answer('unknown', unknownEvent, payload, answer);
    });
    this.#socket.on('disconnect', () => {
      this.stream.unsubscribe(this.subscriber.id);
      this.unfollowRollouts();
      this.unfollowAlerts();
      for (const deviceId of this.#watched) this.#forget(deviceId);
    });
  }

  /**
   * Validates a payload.
   * @throws VigiaError
   */
  read<T extends z.ZodType>(schema: T, payload: unknown): z.output<T> {
    const given = parse(schema, payload);
    const { deviceId } = (given ?? {}) as { deviceId?: unknown };
    if (typeof deviceId === 'string' && !this.view.knows(deviceId)) throw new VigiaError('device_unknown');
    return given;
  }

  /** The device moved to another group: if the token has no access to it any more, stops watching it. */
  regrouped(deviceId: string): void {
    if (!this.#watched.has(deviceId) || this.view.knows(deviceId)) return;
    this.#forget(deviceId);
    void this.#socket.leave(watchRoom(deviceId));
  }

  device(deviceId: string): VersionedDocument {
    const device = this.#deps.devices.get(deviceId);
    if (!device) throw new VigiaError('device_unknown');
    return device;
  }

  async subscribe(wanted: z.output<typeof Subscribe>): Promise<Reply> {
    const reply = await this.stream.subscribe(this.subscriber, { ...wanted, within: this.identity.groups });
    const { id, handshake } = this.#socket;
    try {
      const size = typeof reply === 'string' ? reply.length : 0;
      this.#slowLines.answering(this.#socket, `${this.identity.tokenId} ${handshake.address}`, size);
    } catch (error) {
      this.stream.unsubscribe(id);
      throw error;
    }
    return reply;
  }

  followRollouts(): VersionedRollout[] {
    const { id, backlog } = this.subscriber;
    return this.#deps.rollouts.follow({
      id,
      backlog,
      groups: this.identity.groups,
      send: (updates) => this.#socket.emit('rollout:updated', { updates }),
    });
  }

  unfollowRollouts(): void {
    this.#deps.rollouts.unfollow(this.subscriber.id);
  }

  followAlerts(): OpenAlerts {
    const { id, backlog } = this.subscriber;
    return this.#deps.alerts.follow({
      id,
      backlog,
      sees: (alert) => seesAlert(this.view, alert),
      send: (update) => this.#socket.emit('alert:updated', update),
    });
  }

  unfollowAlerts(): void {
    this.#deps.alerts.unfollow(this.subscriber.id);
  }

  watch(deviceId: string, intervalMs?: number): number {
    if (!this.#watched.has(deviceId) && this.#watched.size >= MAX_WATCHED)
      throw new VigiaError('rate_limited', `At most ${MAX_WATCHED} devices are watched at once.`);
    this.device(deviceId);
    const askedEveryMs = this.#deps.devices.watch(deviceId, this.subscriber.id, intervalMs);
    this.#watched.add(deviceId);
    void this.#socket.join(watchRoom(deviceId));
    return askedEveryMs;
  }

  unwatch(deviceId: string): number {
    this.#forget(deviceId);
    void this.#socket.leave(watchRoom(deviceId));
    return this.device(deviceId).document.report.intervalMs;
  }

  #forget(deviceId: string): void {
    if (this.#watched.delete(deviceId)) this.#deps.devices.unwatch(deviceId, this.subscriber.id);
  }

  refresh(deviceId: string, what: 'state' | 'snapshot'): Promise<object> {
    return this.#deps.devices.refresh(deviceId, what);
  }

  async #answer(
    event: string,
    { role, kind, handle }: AdminEvent,
    payload: unknown,
    ack: (answer: object) => void,
  ): Promise<void> {
    try {
      if (this.#inFlight >= MAX_IN_FLIGHT || !this.#bucket.take()) throw new VigiaError('rate_limited');
      if (this.subscriber.backlog() > MAX_BACKLOG_BYTES) {
        throw new VigiaError('rate_limited', 'Read the answers that wait before asking for more.');
      }
      this.#inFlight++;
      try {
        requireRole(this.identity, role);
        const { data: deviceId } = ID.safeParse((payload as { deviceId?: unknown } | null)?.deviceId);
        const lookingUp = deviceId === undefined ? undefined : this.#deps.devices.lookUp?.([deviceId]);
        // Only if it is unknown here, or later requests would overtake this one.
        if (lookingUp) await lookingUp;
        const { answer, facts } = await handle(this, payload);
        if (kind) this.#record(kind, 'ok', facts);
        ack(typeof answer === 'string' ? new EncodedJson(`{"ok":true,${answer.slice(1)}`) : { ok: true, ...answer });
      } finally {
        this.#inFlight--;
      }
    } catch (error) {
      const refusal = publicError(error);
      const { log, metrics } = this.#deps;
      const about = { admin: this.identity.name, tokenId: this.identity.tokenId, event, code: refusal.code };
      if (refusal.code === 'internal') log.error({ ...about, err: error }, 'admin request failed');
      else
        log[refusal.code === 'forbidden' ? 'warn' : 'debug'](
          { ...about, details: refusal.details },
          'admin request refused',
        );
      metrics.refused('admin', refusal.code);
      if (refusal.code === 'forbidden' || refusal.code === 'rate_limited') {
        this.#record('request.refused', refusal.code, { details: { request: event } });
      } else if (kind) this.#record(kind, refusal.code);
      ack({ ok: false, error: refusal });
    }
  }

  #record(kind: string, outcome: string, { deviceId, details }: Facts = {}): void {
    const { name, tokenId, sessionId } = this.identity;
    const { address } = this.#socket.handshake;
    const by = { tokenId, ...(sessionId !== undefined && { sessionId }), address };
    this.#deps.audit.record({ actor: name, kind, deviceId, outcome, details: { ...details, ...by } });
  }
}
