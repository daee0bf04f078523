import { inflateRawSync } from 'node:zlib';
import jsonPatch from 'fast-json-patch';
import type { Scope } from '../../src/protocol/admin.ts';
import type { Update, VersionedDocument } from '../../src/protocol/document.ts';
import type { Encoding, Payload, Reply, Subscriber } from '../../src/stream/stream.ts';
import type { Harness } from './harness.ts';
import type { SimulatedClock } from './simulated-clock.ts';

/** An admin that keeps its copy from the stream alone, behind a network that drops messages. */
export interface FakeAdmin {
  readonly id: string;
  readonly documents: ReadonlyMap<string, VersionedDocument>;
  readonly cursor: string | null;
  /** Errors of the server that were detected in the copy, such as a decreasing version. */
  readonly faults: string[];
  /** Times of the last lost message, and of the last loss that was detected or repaired by a new subscription. */
  readonly lostAt: number | undefined;
  readonly noticedAt: number | undefined;
  readonly messages: number;
  readonly answers: ('resumed' | 'full')[];
  /** Drops all messages to this admin silently. */
  dropping: boolean;
  /** Unread bytes in the server's view; the admin reads nothing until this is 0. */
  backlog: number;
  scope: Scope;
  /** Receives what is published to a room. */
  hear(room: string, payload: Payload): void;
  open(harness: Harness): void;
  close(): void;
  resubscribe(withCursor: boolean): void;
  /** Reads all buffered messages. */
  read(): void;
  /** Versions of this device may start from the beginning. */
  forget(deviceId: string): void;
}

/** An idle stream sends its cursor well within this time; a longer silence is a fault (SPEC A1). */
const SILENCE_MS = 5000;
const ROUND_TRIP_MS = 20;

interface Part {
  devices: VersionedDocument[];
  more?: number;
}
type Answer = { cursor: string } & (Part | { resumed: true; updates: Update[] });

/** @param parts whether it requests its documents in parts (S8) */
export function fakeAdmin(
  id: string,
  clock: SimulatedClock,
  scope: Scope,
  encoding: Encoding,
  parts = false,
): FakeAdmin {
  const documents = new Map<string, VersionedDocument>();
  const seen = new Map<string, number>();
  const reborn = new Set<string>();
  const rooms = new Set<string>();
  let harness: Harness | undefined;
  let cursor: string | null = null;
  let inbox: (() => void)[] = [];
  /** While documents are still arriving: the devices received so far. */
  let arrived: Set<string> | undefined;
  /** After a loss, some documents may already contain later messages, so there is no position to resume from. */
  let lostInParts = false;
  let round = 0;
  let asking = false;
  let askAgain = false;
  let lostAt: number | undefined;
  let noticedAt: number | undefined;
  let messages = 0;
  let watchdog: unknown;

  const receive = (read: () => void) => {
    inbox.push(read);
    if (admin.backlog === 0) admin.read();
  };
  const message = (read: () => void, matters: boolean) => {
    if (!admin.dropping) return receive(read);
    if (!matters) return;
    lostAt = clock.now();
    if (arrived) lostInParts = true;
  };
  const decode = (payload: Payload) =>
    JSON.parse(typeof payload === 'string' ? payload : inflateRawSync(payload).toString());

  const ask = (withCursor: boolean) => {
    if (!harness) return;
    askAgain = asking;
    if (asking) return;
    asking = true;
    clock.setTimeout(() => {
      if (!harness || harness.remains) {
        asking = false;
        return;
      }
      noticedAt = clock.now();
      const from = withCursor && !arrived ? cursor : null;
      const answer = harness.stream.subscribe(subscriber, { scope: admin.scope, encoding, cursor: from, parts });
      const wire = onWire(answer);
      receive(() => take(wire));
    }, ROUND_TRIP_MS);
  };
  const askForMore = () => {
    const mine = round;
    clock.setTimeout(() => {
      if (!harness || harness.remains || asking || mine !== round) return;
      try {
        const part = onWire(harness.stream.more(id));
        receive(() => mine === round && fill(part));
      } catch {
        noticed();
      }
    }, ROUND_TRIP_MS);
  };
  const onWire = (reply: Reply | Promise<Reply>) => {
    if (reply instanceof Promise) throw new Error('expected a synchronous response');
    return typeof reply === 'string' ? JSON.parse(reply) : { ...reply, devices: decode(reply.devices) };
  };
  const noticed = () => {
    noticedAt = clock.now();
    ask(true);
  };
  const rearm = () => {
    clock.clearTimeout(watchdog);
    watchdog = clock.setTimeout(() => {
      if (admin.backlog === 0) noticed();
      rearm();
    }, SILENCE_MS);
  };

  const take = (answer: Answer) => {
    asking = false;
    rearm();
    admin.answers.push('resumed' in answer ? 'resumed' : 'full');
    round++;
    arrived = undefined;
    if ('devices' in answer) {
      documents.clear();
      arrived = new Set();
      lostInParts = false;
      fill(answer);
    } else if (!answer.updates.every(apply)) {
      if (lostInParts) return ask(false);
      admin.faults.push('a resumed stream does not fit what it resumes');
    }
    cursor = answer.cursor;
    if (askAgain) ask(true);
  };
  const fill = ({ devices, more = 0 }: Part) => {
    for (const it of devices) {
      arrived?.add(it.document.id);
      remember(it.document.id, it.version, true);
      documents.set(it.document.id, it);
    }
    if (more > 0) askForMore();
    else arrived = undefined;
  };
  const batch = (payload: Payload) => {
    messages++;
    rearm();
    if (asking) return;
    const { cursor: next, updates } = decode(payload) as { cursor: string; updates: Update[] };
    const step = positionOf(next) - positionOf(cursor ?? '');
    if (step !== (updates.length > 0 ? 1 : 0) || !updates.every(apply)) {
      if (lostAt === undefined) admin.faults.push(`a gap before ${next}, though nothing was lost`);
      return noticed();
    }
    cursor = next;
  };
  const apply = (update: Update): boolean => {
    const { deviceId, version } = update;
    const known = documents.get(deviceId);
    if (arrived && !arrived.has(deviceId)) {
      if ('patch' in update) return true;
      arrived.add(deviceId);
    }
    if ('patch' in update) {
      if (known?.version !== version - 1) return false;
      const { newDocument } = jsonPatch.applyPatch(jsonPatch.deepClone(known.document), update.patch, true);
      documents.set(deviceId, { version, document: newDocument });
    } else if ('document' in update) documents.set(deviceId, { version, document: update.document });
    else documents.delete(deviceId);
    remember(deviceId, version, false);
    return true;
  };
  const remember = (deviceId: string, version: number, again: boolean) => {
    if (reborn.has(deviceId)) return;
    const last = seen.get(deviceId) ?? 0;
    if (again ? version < last : version <= last) admin.faults.push(`${deviceId} went from ${last} to ${version}`);
    seen.set(deviceId, version);
  };

  const subscriber: Subscriber = {
    id,
    join: (room) => rooms.add(room),
    leave: (room) => rooms.delete(room),
    update: (payload) => message(() => batch(payload), true),
    resync: () => message(() => noticed(), true),
    backlog: () => admin.backlog,
    cut: () => {},
  };

  const admin: FakeAdmin = {
    id,
    documents,
    get cursor() {
      return cursor;
    },
    faults: [],
    get lostAt() {
      return lostAt;
    },
    get noticedAt() {
      return noticedAt;
    },
    get messages() {
      return messages;
    },
    answers: [],
    dropping: false,
    backlog: 0,
    scope,
    hear(room, payload) {
      if (rooms.has(room)) message(() => batch(payload), decode(payload).updates.length > 0);
    },
    open(opened) {
      harness = opened;
      rooms.clear();
      inbox = [];
      asking = false;
      askAgain = false;
      // An incomplete copy has no position to resume from.
      if (arrived) cursor = null;
      arrived = undefined;
      round++;
      lostAt = undefined;
      ask(true);
      rearm();
    },
    close() {
      if (harness && !harness.remains) harness.stream.unsubscribe(id);
      harness = undefined;
      rooms.clear();
      clock.clearTimeout(watchdog);
    },
    resubscribe: ask,
    read() {
      const waiting = inbox;
      inbox = [];
      for (const read of waiting) read();
    },
    forget(deviceId) {
      reborn.add(deviceId);
    },
  };
  return admin;
}

const positionOf = (cursor: string) => Number(cursor.slice(cursor.lastIndexOf('.') + 1));
