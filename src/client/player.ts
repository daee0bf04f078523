import type { DeclaredCommand } from '../protocol/declaration.ts';
import type { JsonObject } from '../protocol/document.ts';
import type { PlayerToServer, ServerToPlayer } from '../protocol/events.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import { diagnose, mismatch, parseUrl } from './diagnosis.ts';
import { ClientError } from './errors.ts';
import { type Answer, type CommandHandler, createIdempotentExecutor } from './idempotent-executor.ts';
import { openLink } from './link.ts';
import { changedSections } from './sections.ts';
import { createStanding } from './standing.ts';
import { createSubscribers } from './subscribers.ts';
import { uploadSnapshot } from './upload.ts';

export type { JsonObject } from '../protocol/document.ts';
export type { PlayerToServer, ServerToPlayer } from '../protocol/events.ts';
export type { Snapshot } from '../protocol/snapshot.ts';
export { ClientError, type ClientErrorCode } from './errors.ts';
export type { Answer, CommandHandler } from './idempotent-executor.ts';

type PlayerLink = 'connecting' | 'registered';

export interface PlayerOptions {
  /** Base URL of the server, e.g. `https://vigia.example`. */
  url: string;
  deviceId: string;
  /** The token of the device or of the fleet. */
  token: string;
  /** Sent at registration. */
  profile?: {
    deviceName?: string;
    deviceType?: string;
    deviceGroup?: string;
    appVersion?: string;
    deviceNetwork?: JsonObject;
  };
  /** Handlers of the standard commands, by name, e.g. `vlc:play`. */
  commands?: Readonly<Record<string, CommandHandler>>;
  /**
   * Returns the current state. Called when the server requests it, for example to verify a command. Without it, the
   * last state passed to `setState` is sent.
   */
  readState?(): JsonObject | Promise<JsonObject>;
  /** Returns a screenshot as PNG, JPEG or WebP. Called when the server requests one. */
  takeSnapshot?(): Uint8Array | Promise<Uint8Array>;
}

export type CommandDeclaration = Omit<DeclaredCommand, 'name'>;

/** `ended`: final (the session was replaced, the device removed, or the token refused). */
export interface PlayerStatus {
  link: PlayerLink | 'ended';
  /** Why it has ended, or why it cannot connect. */
  error?: ClientError;
}

/** Without an `answer`, the command has arrived; with one, the answer is being sent. */
export interface CommandNews {
  commandId: string;
  command: string;
  answer?: Answer;
}

export interface Player {
  readonly status: PlayerStatus;
  /**
   * Resolves when the player is registered (at once if it already is); rejects when the connection has ended, or cannot
   * succeed as it is configured (`not_vigia`, `cors_refused`). The player tries on in this case.
   */
  ready(): Promise<void>;
  onStatus(listener: (status: PlayerStatus) => void): () => void;
  /**
   * Called when the server refuses a message (P7) or a screenshot that it had requested, for each failed connection
   * attempt, with its `cause` and a `remedy`, and when the connection has ended.
   */
  onError(listener: (error: ClientError & { event?: string }) => void): () => void;
  /** Called when a command arrives and when it is answered, including repeated and unknown commands. For logs. */
  onCommand(listener: (news: CommandNews) => void): () => void;
  /**
   * Declares a command of this player's own (SPEC C9), e.g. `reboot`. The server offers it to admins, validates its
   * parameters and sends it.
   */
  command(name: string, declaration: CommandDeclaration, handler: CommandHandler): void;
  /** Sets the current state and sends the top-level sections that have changed, if any. */
  setState(state: JsonObject): void;
  /**
   * Uploads a screenshot; resolves with its metadata.
   * @throws ClientError if it was not stored
   */
  sendSnapshot(picture: Uint8Array): Promise<Snapshot>;
  /** Ends the connection. */
  close(): void;
}

/** A server that does not answer the registration within this time is busy, or another one. */
const REGISTER_WAIT_MS = 10_000;

/** Opens a player connection: registers, reports, executes commands, and reconnects until `close`. */
export function connectPlayer(options: PlayerOptions): Player {
  const { url, deviceId, token, profile = {}, readState, takeSnapshot } = options;
  const handlers = { ...options.commands };
  const declared = new Map<string, DeclaredCommand>();
  const execute = createIdempotentExecutor(handlers);
  const errors = createSubscribers<ClientError & { event?: string }>();
  const commandListeners = createSubscribers<CommandNews>();
  const standing = createStanding<PlayerLink, PlayerStatus>('connecting', 'registered', (link, error) => ({
    link,
    ...(error ? { error } : {}),
  }));
  const isRegistered = () => standing.link === 'registered';
  let current: JsonObject | undefined;
  /** The last state sent in this session; undefined: the next report must be the whole state. */
  let sent: JsonObject | undefined;
  let unanswered: ReturnType<typeof setTimeout> | undefined;

  const connection = openLink<ServerToPlayer, PlayerToServer>(
    url,
    '/',
    { deviceId, authToken: token },
    {
      connected: register,
      lost() {
        answered();
        sent = undefined;
        standing.become('connecting');
      },
      failed,
      ended,
    },
  );
  const { socket } = connection;

  function failed(error: ClientError): void {
    standing.failed(error);
    errors.tell(error);
  }

  function ended(error: ClientError): void {
    answered();
    standing.end(error);
    errors.tell(error);
  }

  function register(): void {
    answered();
    const timer = setTimeout(() => void explain(timer), REGISTER_WAIT_MS);
    unanswered = timer;
    socket.emit('player:register', {
      deviceId,
      ...profile,
      ...(declared.size > 0 && { commands: [...declared.values()] }),
    });
  }

  function answered(): void {
    clearTimeout(unanswered);
    unanswered = undefined;
  }

  /** Reports why the registration is not answered, unless it is by now. */
  async function explain(timer: typeof unanswered): Promise<void> {
    const why = await diagnose(parseUrl(url), 'player:register was not answered');
    if (unanswered === timer) failed(why.code === 'not_vigia' ? noRegistration(url) : why);
  }

  socket.on('player:registered', (it) => {
    answered();
    const different = mismatch(it?.protocol);
    if (different) connection.end(different);
    else standing.become('registered');
  });
  socket.on('player:request:state', () => void answerWithState());
  socket.on('player:request:snapshot', () => void answerWithSnapshot());
  socket.on('player:command', async (command) => {
    const { commandId, command: name } = command;
    commandListeners.tell({ commandId, command: name });
    const answer = await execute(command);
    // socket.io-client would buffer the answer and send it before the next registration; the server repeats the command
    // anyway.
    if (!isRegistered()) return;
    socket.emit('player:command:response', answer);
    commandListeners.tell({ commandId, command: name, answer });
  });
  socket.on('player:error', (error) => {
    const refusal = Object.assign(new ClientError(error), error.event ? { event: error.event } : {});
    if (error.code === 'session_replaced' || error.code === 'revoked') return connection.end(refusal);
    answered();
    // The server may have discarded this session's state.
    sent = undefined;
    // If the registration was refused, this is why.
    failed(refusal);
  });

  async function answerWithState(): Promise<void> {
    try {
      if (readState) current = await readState();
    } catch {
      // Without a report, the server marks the last one as stale, which is correct.
      return;
    }
    // The whole state, even if little has changed: it repairs earlier losses and proves the effect of commands.
    if (current) sendWhole(current);
  }

  async function answerWithSnapshot(): Promise<void> {
    try {
      const picture = await takeSnapshot?.();
      if (picture) await sendSnapshot(picture);
    } catch (error) {
      // A player without a screenshot does not answer.
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

  connection.open();

  return {
    get status() {
      return standing.status;
    },
    ready: standing.ready,
    onStatus: standing.onStatus,
    onError: errors.add,
    onCommand: commandListeners.add,
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
      answered();
      connection.close();
      standing.end(new ClientError({ code: 'unavailable', message: 'This connection was closed.' }));
    },
  };
}

const noRegistration = (url: string) =>
  new ClientError({
    code: 'not_vigia',
    message: `A Socket.IO server answers at ${url}, but it does not register players.`,
    remedy: 'Correct host and port.',
    cause: 'player:register was not answered',
  });
