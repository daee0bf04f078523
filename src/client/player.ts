import type { DeclaredCommand } from '../protocol/declaration.ts';
import type { JsonObject } from '../protocol/document.ts';
import type { PlayerToServer, ServerToPlayer } from '../protocol/events.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import { diagnose, mismatch, parseUrl } from './diagnosis.ts';
import { ClientError } from './errors.ts';
import { type Answer, type Command, type CommandHandler, createIdempotentExecutor } from './idempotent-executor.ts';
import { openLink } from './link.ts';
import { hasOwn } from './own.ts';
import { createPast } from './past.ts';
import { changedSections } from './sections.ts';
import { createStanding } from './standing.ts';
import type { PlayerStorage } from './storage.ts';
import { createSubscribers } from './subscribers.ts';
import { uploadSnapshot } from './upload.ts';

export type { JsonObject } from '../protocol/document.ts';
export type { PlayerToServer, ServerToPlayer } from '../protocol/events.ts';
export type { Snapshot } from '../protocol/snapshot.ts';
export { ClientError, type ClientErrorCode } from './errors.ts';
export { type Answer, afterAnswer, type CommandHandler } from './idempotent-executor.ts';
export { type PairedPlayer, type PairingOptions, pairPlayer } from './pairing.ts';
export { browserStorage, type Journal, type PlayerStorage } from './storage.ts';

type PlayerLink = 'connecting' | 'registered';

/** @typeParam S the state that this player reports, by its top-level sections */
export interface PlayerOptions<S extends object = JsonObject> {
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
  readState?(): S | Promise<S>;
  /** Returns a screenshot as PNG, JPEG or WebP. Called when the server requests one. */
  takeSnapshot?(): Uint8Array | Promise<Uint8Array>;
  /**
   * Where commands are recorded, so that each is executed at most once, even if the process ends in the middle.
   * Without it, that holds only until the process ends.
   */
  storage?: PlayerStorage;
  /** How long a handler of `commands` may take, in ms. Default: 30 s. */
  commandTimeoutMs?: number;
  /**
   * What happens when the server wants this player no more (its token is refused, another one replaced it, the device
   * was removed) or speaks another protocol. `end`, the default: the connection ends, for whoever started this program
   * to see to it (`exitWhenEnded` of `@vigia/client/node`). `retry`: it tries again after 30 s, and after twice as long
   * each time, up to 10 min. A blocked device always does so, since it may come back once it is unblocked.
   */
  whenRefused?: 'end' | 'retry';
}

export interface CommandDeclaration extends Omit<DeclaredCommand, 'name'> {
  /** How long the handler may take, in ms. Default: `commandTimeoutMs`. */
  timeoutMs?: number;
}

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

export interface Player<S extends object = JsonObject> {
  readonly status: PlayerStatus;
  /**
   * Resolves when the player is registered (at once if it already is); rejects when the connection has ended, or cannot
   * succeed as it is configured (`not_vigia`, `cors_refused`). The player keeps trying in this case.
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
  /** Replaces the whole state, and sends the top-level sections that have changed, if any. */
  setState(state: S): void;
  /** Replaces these top-level sections of the state, and keeps the others. */
  updateState(sections: Partial<S>): void;
  /**
   * Uploads a screenshot; resolves with its metadata. One that cannot be sent without a connection is sent later, too.
   * @throws ClientError if it was not stored
   */
  sendSnapshot(picture: Uint8Array): Promise<Snapshot>;
  /** Ends the connection. */
  close(): void;
}

/** A server that does not answer the registration within this time is busy, or another one. */
const REGISTER_WAIT_MS = 10_000;

/** Until the server has said how often it asks for the state. */
const DEFAULT_INTERVAL_MS = 30_000;
/** What ends the process waits this long for the server to confirm the answer. */
const CONFIRM_WAIT_MS = 3000;
/** Answers that are sent again at registration. */
const LATEST_ANSWERS = 3;

/** Opens a player connection: registers, reports, executes commands, and reconnects until `close`. */
export function connectPlayer<S extends object = JsonObject>(options: PlayerOptions<S>): Player<S> {
  const { url, deviceId, token, profile = {}, takeSnapshot, commands = {} } = options;
  const readState = options.readState as PlayerOptions['readState'];
  const declared = new Map<string, Command & { declaration: DeclaredCommand }>();
  const errors = createSubscribers<ClientError & { event?: string }>();
  const commandListeners = createSubscribers<CommandNews>();
  const standing = createStanding<PlayerLink, PlayerStatus>('connecting', 'registered', (link, error) => ({
    link,
    ...(error ? { error } : {}),
  }));
  const isRegistered = () => standing.link === 'registered';
  const executor = createIdempotentExecutor(
    (name) =>
      declared.get(name) ??
      (hasOwn(commands, name) && commands[name]
        ? { handler: commands[name], timeoutMs: options.commandTimeoutMs }
        : undefined),
    {
      journal: options.storage?.journal('commands'),
      failed(message, cause) {
        const error = new ClientError({ code: 'player_fault', message: `${message}: ${textOf(cause)}.`, cause });
        // Nobody listens yet while this is being connected.
        queueMicrotask(() => errors.tell(error));
      },
    },
  );
  const past = createPast({
    url,
    deviceId,
    token,
    journal: options.storage?.journal('reports'),
    failed: (error) => queueMicrotask(() => errors.tell(error)),
  });
  /** How often the server wants to know the state. */
  let intervalMs = DEFAULT_INTERVAL_MS;
  let measuring: ReturnType<typeof setInterval> | undefined;
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
        past.lost();
        measureAlone();
        standing.become('connecting');
      },
      failed,
      ended,
    },
    options.whenRefused === 'retry',
  );
  const { socket } = connection;

  function failed(error: ClientError): void {
    standing.failed(error);
    errors.tell(error);
  }

  function ended(error: ClientError): void {
    answered();
    past.close();
    executor.close();
    clearInterval(measuring);
    // First, since `exitWhenEnded` ends the process with the status.
    errors.tell(error);
    standing.end(error);
  }

  function register(): void {
    answered();
    const timer = setTimeout(() => void explain(timer), REGISTER_WAIT_MS);
    unanswered = timer;
    socket.emit('player:register', {
      deviceId,
      ...profile,
      ...(declared.size > 0 && { commands: [...declared.values()].map(({ declaration }) => declaration) }),
      // Those that were given without a connection, or before the process ended.
      answers: executor.latest(LATEST_ANSWERS),
    });
  }

  function registered(everyMs: number): void {
    intervalMs = everyMs;
    clearInterval(measuring);
    standing.become('registered');
    past.registered();
  }

  /** Without a connection, nobody asks for the state. */
  function measureAlone(): void {
    clearInterval(measuring);
    if (!readState || standing.link === 'ended') return;
    measuring = setInterval(async () => {
      const state = await Promise.resolve(readState()).catch(() => undefined);
      if (state && !isRegistered()) setState(state);
    }, intervalMs);
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
    else registered(it.stateIntervalMs);
  });
  socket.on('player:request:state', () => void answerWithState());
  socket.on('player:request:snapshot', () => void answerWithSnapshot());
  socket.on('player:command', async (command) => {
    const { commandId, command: name } = command;
    commandListeners.tell({ commandId, command: name });
    const { answer, act } = await executor.execute(command);
    // socket.io-client would buffer the answer and send it before the next registration, which sends it anyway.
    if (!isRegistered()) return act?.();
    socket.timeout(CONFIRM_WAIT_MS).emit('player:command:response', answer, () => act?.());
    commandListeners.tell({ commandId, command: name, answer });
  });
  socket.on('player:error', (error) => {
    const refusal = Object.assign(new ClientError(error), error.event ? { event: error.event } : {});
    if (error.code === 'session_replaced' || error.code === 'revoked') return connection.end(refusal);
    if (error.code === 'blocked') return connection.rest(refusal);
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

  function setState(state: JsonObject): void {
    current = state;
    if (!isRegistered() && standing.link !== 'ended') past.measured(state);
    const changes = sent && changedSections(sent, state);
    if (!changes) sendWhole(state);
    else if (isRegistered() && Object.keys(changes).length > 0) sendChanges(state, changes);
  }

  function sendChanges(state: JsonObject, changes: JsonObject): void {
    socket.emit('state:update', { timestamp: state.timestamp ?? new Date().toISOString(), changes });
    sent = state;
  }

  const sendSnapshot = (picture: Uint8Array) => uploadSnapshot({ url, deviceId, token }, picture);

  async function offerSnapshot(picture: Uint8Array): Promise<Snapshot> {
    const takenAt = performance.now();
    try {
      return await sendSnapshot(picture);
    } catch (error) {
      if (!isRegistered() && standing.link !== 'ended') past.pictured(takenAt, picture);
      throw error;
    }
  }

  connection.open();
  measureAlone();

  return {
    get status() {
      return standing.status;
    },
    ready: standing.ready,
    onStatus: standing.onStatus,
    onError: errors.add,
    onCommand: commandListeners.add,
    command(name, { timeoutMs = options.commandTimeoutMs, ...declaration }, handler) {
      declared.set(name, { handler, timeoutMs, declaration: { name, ...declaration } });
      if (isRegistered()) register();
    },
    setState: (state) => setState(state as JsonObject),
    updateState: (sections) => setState({ ...current, ...sections } as JsonObject),
    sendSnapshot: offerSnapshot,
    close() {
      answered();
      clearInterval(measuring);
      past.close();
      executor.close();
      connection.close();
      standing.end(new ClientError({ code: 'unavailable', message: 'This connection was closed.' }));
    },
  };
}

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

const noRegistration = (url: string) =>
  new ClientError({
    code: 'not_vigia',
    message: `A Socket.IO server answers at ${url}, but it does not register players.`,
    remedy: 'Correct host and port.',
    cause: 'player:register was not answered',
  });
