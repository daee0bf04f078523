import { inflateRawSync } from 'node:zlib';
import jsonPatch from 'fast-json-patch';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { onTestFinished } from 'vitest';
import type { DeviceDocument, Update } from '../../src/protocol/document.ts';
import { PATIENCE_MS } from './patience.ts';
import type { TestServer } from './server.ts';

type Options = Partial<ManagerOptions & SocketOptions>;

/** Clients share no connection, as if each ran in its own process. */
function connect(url: string, options: Options): Socket {
  const socket = io(url, { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200, ...options });
  onTestFinished(() => {
    socket.disconnect();
  });
  return socket;
}

/** A player of the first generation: the fleet's token, and its profile in the query, including junk. */
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

/** A player of the second generation: id and token in `auth`; it sends nothing unless asked. */
export function playerOfSecondGeneration(server: TestServer, deviceId: string, options: Options = {}): Socket {
  return connect(server.url, { auth: { deviceId, authToken: server.playerToken }, ...options });
}

export function admin(server: TestServer, options: Options & { token?: string } = {}): Socket {
  const { token = server.adminToken, ...rest } = options;
  return connect(`${server.url}/admin`, { auth: { token }, ...rest });
}

/** The next (matching) occurrence of an event. Times out, so that a test reports what is missing. */
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

/** Connects if necessary and registers; resolves with `player:registered`. */
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

/** An admin's copy of the documents, updated from the stream alone. It records inconsistencies. */
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

  /** Processes the response synchronously, because a batch in the same packet follows it. */
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

  /** Resolves once the predicate is true. */
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

  /** Resolves with the device's document once it matches. */
  async device(id: string, fits: (document: DeviceDocument) => boolean, ms?: number): Promise<DeviceDocument> {
    // Keeps the matching document: a later one may arrive before the caller continues.
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

/** Collects all occurrences of an event. */
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
  /** The connection that is registered or about to be. */
  socket: Socket;
  state: string;
  fullscreen: boolean;
  answers: 'success' | 'error' | 'silent';
  isDeaf: boolean;
  reports: boolean;
  received: PlayerCommand[];
  report(socket?: Socket): void;
  respond(commandId: string, more?: object, socket?: Socket): void;
  /** The same machine registers on another connection. */
  takeOver(): void;
}

/**
 * A registered player of the second generation with VLC's toggles, whose first state has been sent. It executes
 * commands, reports on request, and answers unless it is silent; a deaf one never receives commands.
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
  // The state request follows the registration in the next message (P5); wait for both, so that nothing comes between
  // them.
  await Promise.all(['player:registered', 'player:request:state'].map((event) => next(screen.socket, event)));
  return screen;
}
