import type { DeclaredCommand } from '../protocol/declared-commands.ts';
import type { JsonObject } from '../protocol/document.ts';
import type { PlayerToServer, ServerToPlayer } from '../protocol/events.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import { ClientError } from './errors.ts';
import { openLink } from './link.ts';
import { type Answer, type CommandHandler, createObedience } from './obedience.ts';
import { changedSections } from './sections.ts';
import { createStanding } from './standing.ts';
import { createSubscribers } from './subscribers.ts';
import { uploadSnapshot } from './upload.ts';

export type { JsonObject } from '../protocol/document.ts';
export type { PlayerToServer, ServerToPlayer } from '../protocol/events.ts';
export type { Snapshot } from '../protocol/snapshot.ts';
export { ClientError } from './errors.ts';
export type { Answer, CommandHandler } from './obedience.ts';

type PlayerLink = 'connecting' | 'registered';

export interface PlayerOptions {
  /** The server, e.g. `https://vigia.example`. */
  url: string;
  deviceId: string;
  /** The device's own token, or the fleet's. */
  token: string;
  /** What it says of itself at registration. */
  profile?: {
    deviceName?: string;
    deviceType?: string;
    deviceGroup?: string;
    appVersion?: string;
    deviceNetwork?: JsonObject;
  };
  /** Those that all players know, by their names, e.g. `vlc:play`. */
  commands?: Readonly<Record<string, CommandHandler>>;
  /** The state as it is now: called when the server asks, as it does to verify a command. Without it, the last one set is sent. */
  readState?(): JsonObject | Promise<JsonObject>;
  /** A screenshot, PNG, JPEG or WebP: called when the server asks for one. */
  takeSnapshot?(): Uint8Array | Promise<Uint8Array>;
}

export type CommandDeclaration = Omit<DeclaredCommand, 'name'>;

/** `ended`: for good (its session was replaced, the device removed, the token refused), and `error` says why. */
export interface PlayerStatus {
  link: PlayerLink | 'ended';
  error?: ClientError;
}

/** Without an `answer`, it came; with one, that is sent. */
export interface CommandNews {
  commandId: string;
  command: string;
  answer?: Answer;
}

export interface Player {
  readonly status: PlayerStatus;
  /** Resolves when it is registered (at once, if it is), and fails when it has ended. */
  ready(): Promise<void>;
  onStatus(listener: (status: PlayerStatus) => void): () => void;
  /**
   * What the server refused of this player's messages (P7) and of the pictures that it asked for, and each attempt to
   * connect that failed (`unavailable`, or the server's reason).
   */
  onError(listener: (error: ClientError & { event?: string }) => void): () => void;
  /** Each command as it comes, and as it is answered: those that come again or are not known, too. For a log. */
  onCommand(listener: (news: CommandNews) => void): () => void;
  /**
   * Declares a command of this player's own (SPEC C9), e.g. `reboot`: the server offers it, checks its parameters and sends it.
   */
  command(name: string, declaration: CommandDeclaration, handler: CommandHandler): void;
  /** Something is other than before: sends the top-level sections that differ, and nothing where none does. */
  setState(state: JsonObject): void;
  /** Uploads a picture now; resolves with what the server stored. @throws ClientError why it did not */
  sendSnapshot(picture: Uint8Array): Promise<Snapshot>;
  /** Ends it for good. */
  close(): void;
}

/** A screen's connection: it registers, reports and obeys, and keeps itself up until `close`. */
export function connectPlayer(options: PlayerOptions): Player {
  const { deviceId, token, profile = {}, readState, takeSnapshot } = options;
  const url = options.url.replace(/\/+$/, '');
  const handlers = { ...options.commands };
  const declared = new Map<string, DeclaredCommand>();
  const obey = createObedience(handlers);
  const errors = createSubscribers<ClientError & { event?: string }>();
  const commandNews = createSubscribers<CommandNews>();
  const standing = createStanding<PlayerLink, PlayerStatus>('connecting', 'registered', (link, error) => ({
    link,
    ...(error ? { error } : {}),
  }));
  const isRegistered = () => standing.link === 'registered';
  let current: JsonObject | undefined;
  /** What the server has, as far as this session told it; undefined: the whole state is due. */
  let sent: JsonObject | undefined;

  const connection = openLink<ServerToPlayer, PlayerToServer>(
    url,
    '/',
    { auth: { deviceId, authToken: token } },
    {
      connected: register,
      lost() {
        sent = undefined;
        standing.become('connecting');
      },
      failed: errors.tell,
      ended: standing.end,
    },
  );
  const { socket } = connection;

  function register(): void {
    socket.emit('player:register', {
      deviceId,
      ...profile,
      ...(declared.size > 0 && { commands: [...declared.values()] }),
    });
  }

  socket.on('player:registered', () => standing.become('registered'));
  socket.on('player:request:state', () => void answerWithState());
  socket.on('player:request:snapshot', () => void answerWithSnapshot());
  socket.on('player:command', async (command) => {
    const { commandId, command: name } = command;
    commandNews.tell({ commandId, command: name });
    const answer = await obey(command);
    // Kept back by the client, it would come before the next registration; the server asks again by itself.
    if (!isRegistered()) return;
    socket.emit('player:command:response', answer);
    commandNews.tell({ commandId, command: name, answer });
  });
  socket.on('player:error', (told) => {
    const refusal = Object.assign(new ClientError(told), told.event ? { event: told.event } : {});
    if (told.code === 'session_replaced' || told.code === 'revoked') return connection.end(refusal);
    // What it has of us is not known any more.
    sent = undefined;
    errors.tell(refusal);
  });

  async function answerWithState(): Promise<void> {
    try {
      if (readState) current = await readState();
    } catch {
      // A player that cannot say how it is says nothing: the server then calls its report stale, which it is.
      return;
    }
    // Whole, even where little changed: it heals whatever went wrong before, and proves what became of a command.
    if (current) sendWhole(current);
  }

  async function answerWithSnapshot(): Promise<void> {
    try {
      const picture = await takeSnapshot?.();
      if (picture) await sendSnapshot(picture);
    } catch (error) {
      // A player that cannot take one says nothing.
      if (error instanceof ClientError) errors.tell(error);
    }
  }

  const stamped = (state: JsonObject): JsonObject => ({ timestamp: new Date().toISOString(), ...state });

  function sendWhole(state: JsonObject): void {
    if (!isRegistered()) return;
    socket.emit('player:state', stamped(state));
    sent = state;
  }

  const sendSnapshot = (picture: Uint8Array) => uploadSnapshot({ url, deviceId, token }, picture);

  socket.connect();

  return {
    get status() {
      return standing.status;
    },
    ready: standing.ready,
    onStatus: standing.onStatus,
    onError: errors.add,
    onCommand: commandNews.add,
    command(name, declaration, handler) {
      handlers[name] = handler;
      declared.set(name, { name, ...declaration });
      if (isRegistered()) register();
    },
    setState(state) {
      current = state;
      const changes = sent && changedSections(sent, state);
      if (!changes) return sendWhole(state);
      if (!isRegistered() || Object.keys(changes).length === 0) return;
      socket.emit('state:update', { timestamp: state.timestamp ?? new Date().toISOString(), changes });
      sent = state;
    },
    sendSnapshot,
    close() {
      connection.close();
      standing.end(new ClientError({ code: 'unavailable', message: 'This connection was closed.' }));
    },
  };
}
