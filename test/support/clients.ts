import { inflateRawSync } from 'node:zlib';
import jsonPatch from 'fast-json-patch';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { onTestFinished } from 'vitest';
import type { DeviceDocument, Update } from '../../src/protocol/document.ts';
import { PATIENCE_MS } from './patience.ts';
import type { TestServer } from './server.ts';

type Options = Partial<ManagerOptions & SocketOptions>;

/** Clients share nothing, as if each came from a process of its own. */
function connect(url: string, options: Options): Socket {
  const socket = io(url, { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200, ...options });
  onTestFinished(() => {
    socket.disconnect();
  });
  return socket;
}

/** The first generation: the fleet's token, and a description in the query (junk included). */
export function playerOfFirstGeneration(server: TestServer, deviceId: string, options: Options = {}): Socket {
  const query = {
    deviceId,
    deviceName: `Screen ${deviceId}`,
    deviceType: 'vlc',
    deviceGroup: 'lobby',
    appVersion: '1.4.2',
    deviceNetwork: '[object Object]',
  };
  return connect(server.url, { auth: { token: server.playerToken }, query, ...options });
}

/** The second generation: its id and token in `auth`, and no word unless it is asked. */
export function playerOfSecondGeneration(server: TestServer, deviceId: string, options: Options = {}): Socket {
  return connect(server.url, { auth: { deviceId, authToken: server.playerToken }, ...options });
}

export function admin(server: TestServer, options: Options & { token?: string } = {}): Socket {
  const { token = server.adminToken, ...rest } = options;
  return connect(`${server.url}/admin`, { auth: { token }, ...rest });
}

/** The next occurrence of an event, or the first one that fits; with a time limit, so that a test says what it misses. */
export function next<T = unknown>(
  socket: Socket,
  event: string,
  fits: (payload: T) => boolean = () => true,
  ms = PATIENCE_MS,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const listener = (payload: T) => {
      if (!fits(payload)) return;
      clearTimeout(timer);
      socket.off(event, listener);
      resolve(payload);
    };
    const timer = setTimeout(() => {
      socket.off(event, listener);
      reject(new Error(`no fitting "${event}" within ${ms} ms`));
    }, ms);
    socket.on(event, listener);
  });
}

/** Connects (if need be) and registers; resolves with `player:registered`. */
export async function register(player: Socket, deviceId: string, profile: object = {}): Promise<{ sessionId: string }> {
  if (!player.connected) await next(player, 'connect');
  return player.emitWithAck('player:register', { deviceId, ...profile });
}

export interface StreamMessage {
  cursor: string;
  updates: Update[];
}

interface SubscribeAnswer {
  ok: boolean;
  error?: object;
  cursor: string;
  resumed?: boolean;
  updates: Update[];
  devices: { version: number; document: DeviceDocument }[];
}

/** An admin's copy of the documents, kept by nothing but the stream; it notes what it cannot explain. */
export class Replica {
  readonly documents = new Map<string, { version: number; document: DeviceDocument }>();
  readonly gaps: string[] = [];
  readonly messages: StreamMessage[] = [];
  cursor = '';
  readonly socket: Socket;
  #changed: (() => void)[] = [];

  constructor(admin: Socket) {
    this.socket = admin;
    admin.on('state:updated', (message: StreamMessage | Buffer) =>
      this.apply(Buffer.isBuffer(message) ? JSON.parse(inflateRawSync(message).toString()) : message),
    );
  }

  /** The answer is taken in its turn: a batch that comes in the same packet is later than it. */
  subscribe(request: object = { scope: { all: true } }): Promise<{ ok: boolean; resumed?: boolean }> {
    return new Promise((resolve, reject) => {
      this.socket.emit('fleet:subscribe', request, (answer: SubscribeAnswer) => {
        if (!answer.ok) return reject(new Error(JSON.stringify(answer.error)));
        this.cursor = answer.cursor;
        if (answer.resumed) for (const update of answer.updates) this.#take(update);
        else {
          this.documents.clear();
          for (const { version, document } of answer.devices) this.documents.set(document.id, { version, document });
        }
        this.#tell();
        resolve(answer);
      });
    });
  }

  apply(message: StreamMessage): void {
    this.messages.push(message);
    const [, last] = this.cursor.split('.');
    const [, now] = message.cursor.split('.');
    const step = Number(now) - Number(last);
    if (step !== (message.updates.length > 0 ? 1 : 0)) this.gaps.push(`cursor ${this.cursor} → ${message.cursor}`);
    this.cursor = message.cursor;
    for (const update of message.updates) this.#take(update);
    this.#tell();
  }

  /** Resolves once the copy fits. */
  until(fits: (replica: Replica) => boolean, ms = PATIENCE_MS): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the replica never fitted: ${JSON.stringify([...this.documents])}`)),
        ms,
      );
      const look = () => {
        if (!fits(this)) return void this.#changed.push(look);
        clearTimeout(timer);
        resolve();
      };
      look();
    });
  }

  /** Resolves, once the device's document fits, with it. */
  async device(id: string, fits: (document: DeviceDocument) => boolean, ms?: number): Promise<DeviceDocument> {
    // The one that fitted: a later one may be there before whoever waits goes on.
    let fitting: DeviceDocument | undefined;
    await this.until(() => {
      const known = this.documents.get(id)?.document;
      if (known && fits(known)) fitting = known;
      return fitting !== undefined;
    }, ms);
    return fitting as DeviceDocument;
  }

  #take(update: Update): void {
    const known = this.documents.get(update.deviceId);
    if ('deleted' in update) {
      this.documents.delete(update.deviceId);
    } else if ('document' in update) {
      this.documents.set(update.deviceId, { version: update.version, document: update.document });
    } else if (!known || update.version !== known.version + 1) {
      this.gaps.push(`${update.deviceId} ${known?.version} → ${update.version}`);
    } else {
      const document = jsonPatch.applyPatch(jsonPatch.deepClone(known.document), update.patch, true).newDocument;
      this.documents.set(update.deviceId, { version: update.version, document });
    }
  }

  #tell(): void {
    const looks = this.#changed;
    this.#changed = [];
    for (const look of looks) look();
  }
}

/** Everything a socket gets of one event, as it comes. */
export function gather<T>(socket: Socket, event: string): T[] {
  const all: T[] = [];
  socket.on(event, (payload: T) => all.push(payload));
  return all;
}

export interface PlayerCommand {
  commandId: string;
  command: string;
  params: object;
}

export interface Screen {
  /** The one that is registered, or about to be. */
  socket: Socket;
  state: string;
  fullscreen: boolean;
  answers: 'success' | 'error' | 'silent';
  isDeaf: boolean;
  reports: boolean;
  received: PlayerCommand[];
  report(socket?: Socket): void;
  respond(commandId: string, more?: object, socket?: Socket): void;
  /** The same machine registers on another connection beside. */
  takeOver(): void;
}

/**
 * A player of the second generation with VLC's toggles, registered, and its first state is on its way. It does what it is
 * told, reports when it is asked to, and answers unless it is silent; a deaf one loses commands on the way.
 */
export async function startScreen(server: TestServer, deviceId: string, options: Options = {}): Promise<Screen> {
  const screen: Screen = {
    socket: connectScreen(),
    state: 'stopped',
    fullscreen: false,
    answers: 'success',
    isDeaf: false,
    reports: true,
    received: [],
    report: (socket = screen.socket) =>
      socket.emit('player:state', { vlc: { state: screen.state, fullscreen: screen.fullscreen } }),
    respond: (commandId, more = { status: 'success' }, socket = screen.socket) =>
      socket.emit('player:command:response', { commandId, ...more }),
    takeOver: () => {
      screen.socket = connectScreen();
    },
  };
  function connectScreen(): Socket {
    const socket = playerOfSecondGeneration(server, deviceId, { transports: ['websocket'], ...options });
    socket.on('player:command', (command: PlayerCommand) => {
      if (screen.isDeaf) return;
      screen.received.push(command);
      if (command.command === 'vlc:play') screen.state = 'playing';
      if (command.command === 'vlc:stop') screen.state = 'stopped';
      if (command.command === 'vlc:pause') screen.state = screen.state === 'playing' ? 'paused' : 'playing';
      if (command.command === 'vlc:fullscreen') screen.fullscreen = !screen.fullscreen;
      const answer = { status: screen.answers, message: 'so it is' };
      if (screen.answers !== 'silent') screen.respond(command.commandId, answer, socket);
    });
    socket.on('player:request:state', () => {
      if (screen.reports) screen.report(socket);
    });
    socket.on('connect', () => {
      socket.emit('player:register', { deviceId });
    });
    return socket;
  }
  // It is asked in the message that follows (P5): what a test does next is not to come between the two.
  await Promise.all(['player:registered', 'player:request:state'].map((event) => next(screen.socket, event)));
  return screen;
}
