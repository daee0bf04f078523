import type { Socket } from 'socket.io-client';
import type { CommandRecord } from '../protocol/command-record.ts';
import type { DesiredState } from '../protocol/desired-state.ts';
import type { AdminRequest, AdminRequests, AdminToServer, Answer, ServerToAdmin } from '../protocol/events.ts';
import type { Scope, SendTracedCommand } from '../protocol/requests.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import { type Alerts, createAlerts } from './alerts.ts';
import type { CommandRequest } from './command-request.ts';
import type { VersionedDocument } from './device.ts';
import { mismatch } from './diagnosis.ts';
import { ClientError } from './errors.ts';
import { type Auth, type Link, openLink, type Transport } from './link.ts';
import { type ChangeListener, createListeners } from './listeners.ts';
import { createPendingCommands, type Ending, type ProgressListener, type SendOptions } from './pending-commands.ts';
import { type Answered, type Replication, type Request, startReplication } from './replication.ts';
import { createRollouts, type Rollouts } from './rollouts.ts';
import { type DesiredTarget, setDesired } from './set-desired.ts';
import { createStanding } from './standing.ts';
import { createSubscribers } from './subscribers.ts';
import { type TokenSource, tokenOf } from './token.ts';
import { createWatches } from './watches.ts';

export type { AdminRequests, AdminToServer, ServerToAdmin } from '../protocol/events.ts';
export type { Scope } from '../protocol/requests.ts';
export type { Alerts } from './alerts.ts';
export type { CommandRequest, Target } from './command-request.ts';
export type { DeviceDocument, DeviceState, VersionedDocument } from './device.ts';
export { ClientError, type ClientErrorCode } from './errors.ts';
export type { Transport } from './link.ts';
export type { ChangeListener } from './listeners.ts';
export type { Ending, Progress, ProgressListener, SendOptions } from './pending-commands.ts';
export type { Change } from './replica.ts';
export type { Rollouts } from './rollouts.ts';
export type { DesiredTarget } from './set-desired.ts';
export type { TokenSource } from './token.ts';

type AdminLink = 'connecting' | 'live' | 'stale';

export interface AdminOptions {
  /** Base URL of the server, e.g. `https://vigia.example`. */
  url: string;
  /**
   * A token, or a function that returns one, such as a short-lived one from your own server: it is called for each
   * connection and request. Only a page of the server itself may leave it out: the browser's session of the console then
   * signs in.
   */
  token?: TokenSource | undefined;
  /** The devices to keep a live copy of; without a scope, there is no copy. */
  scope?: Scope;
}

/**
 * `connecting`: no data yet. `live`: the copy matches the server (with a delay of up to its `STREAM_INTERVAL_MS`).
 * `stale`: the copy is from `heardAt` and is being synchronized. `ended`: final.
 */
export interface AdminStatus {
  link: AdminLink | 'ended';
  /** Time of the last message from the server, milliseconds since the epoch; undefined: none yet. */
  heardAt: number | undefined;
  /** The transport in use, or the one being tried; undefined between two attempts. */
  transport: Transport | undefined;
  /** Why it has ended, or why it cannot connect. */
  error?: ClientError;
}

/** @typeParam Declared names of commands that players declare, e.g. `'reboot'` */
export interface Admin<Declared extends string = never> {
  /** By id. The map object never changes. Documents are immutable: they are replaced, and share unchanged parts. */
  readonly devices: ReadonlyMap<string, VersionedDocument>;
  /** The same object as long as nothing in it changes. */
  readonly status: AdminStatus;
  /**
   * Resolves when the connection is live (at once if it already is); rejects when it has ended, or cannot succeed as it
   * is configured (`not_vigia`, `cors_refused`). The library keeps trying in this case.
   */
  ready(): Promise<void>;
  /** Called with each new `link` and `error`. The age of a `stale` copy is the current time minus `status.heardAt`. */
  onStatus(listener: (status: AdminStatus) => void): () => void;
  /** Called for each failed attempt to connect, and when the connection has ended: with code, `cause` and `remedy`. */
  onError(listener: (error: ClientError) => void): () => void;
  /** Called once for each message with changes in this scope. */
  onChange(scope: Scope, listener: ChangeListener): () => void;
  /**
   * Resolves when the command has ended, with any result; for several devices, with an array in the server's order.
   * Survives connection losses, unless `once` is set. Pass a `commandId` to be able to cancel.
   * @throws ClientError if the command was refused, or its acceptance is unknown (`unavailable`)
   */
  send<R extends CommandRequest<Declared>>(
    request: R,
    onProgress?: ProgressListener,
    options?: SendOptions,
  ): Promise<R extends { deviceId: string } ? Ending : Ending[]>;
  /** Resolves with the command's status: `cancelled`, or the status it had already reached. */
  cancel(commandId: string): Promise<CommandRecord['status']>;
  /**
   * Sets the desired state of screens, which the server then maintains; `document.desired` reports its status. Null
   * removes it.
   * @throws ClientError
   */
  setDesired(target: DesiredTarget, state: DesiredState | null): Promise<void>;
  /** A live copy of the rollouts, from the first `subscribe` on. */
  readonly rollouts: Rollouts;
  /** A live copy of the open alerts, from the first `subscribe` on. */
  readonly alerts: Alerts;
  get(deviceId: string): Promise<VersionedDocument>;
  /**
   * Has the device report more often while anybody watches it: at the server's WATCH_INTERVAL_MS, or at the longer
   * `intervalMs`. Returns a function that ends this watch.
   */
  watch(deviceId: string, options?: { intervalMs?: number }): () => void;
  /** Requests a report or a screenshot. For a screenshot, resolves with its metadata once it is stored. */
  refresh(deviceId: string, what: 'state' | 'snapshot'): Promise<Snapshot | undefined>;
  /** Ends the connection; pending requests fail. */
  close(): void;
}

const ANSWER_WAIT_MS = 10_000;
/** Documents of many devices take long on a slow connection. */
const DOCUMENTS_WAIT_MS = 30_000;

/** Opens an admin connection: a live copy of the documents, commands and requests. It reconnects until `close`. */
export function connectAdmin<Declared extends string = never>({ url, token, scope }: AdminOptions): Admin<Declared> {
  let heardAt: number | undefined;
  const errors = createSubscribers<ClientError>();
  const listeners = createListeners();
  const standing = createStanding<AdminLink, AdminStatus>('connecting', 'live', (now, error) => {
    const heard = Math.max(heardAt ?? 0, replication?.heardAt ?? 0) || undefined;
    return { link: now, heardAt: heard, transport: link.transport, ...(error ? { error } : {}) };
  });

  function ask<E extends AdminRequest>(event: E, payload: AdminRequests[E]['request'], answered: Answered<E>): void {
    const waitMs = event.startsWith('fleet:') ? DOCUMENTS_WAIT_MS : ANSWER_WAIT_MS;
    const socket = link.socket as Socket;
    socket.timeout(waitMs).emit(event, payload, (silence: Error | null, answer: Answer<AdminRequests[E]['answer']>) => {
      if (silence) answered(standing.error ?? noAnswer());
      else if (!answer.ok) answered(new ClientError(answer.error));
      else {
        heardAt = Date.now();
        answered(undefined, answer);
      }
    });
  }

  const request: Request = (event, payload) =>
    new Promise((resolve, reject) => {
      if (standing.error) throw standing.error;
      ask(event, payload, (error, answer) => (error || !answer ? reject(error) : resolve(answer)));
    });

  const isConnected = () => link.socket.connected;
  const pendingCommands = createPendingCommands({ isConnected, request });
  const watches = createWatches({ isConnected, request });
  const rollouts = createRollouts({ isConnected, ask });
  const alerts = createAlerts({ isConnected, ask });

  const replication: Replication | undefined =
    scope &&
    startReplication({
      scope,
      ask,
      changed(changes) {
        pendingCommands.changed(changes);
        watches.changed(changes);
        listeners.notify(changes);
      },
      inSync: (is) => standing.become(is ? 'live' : 'stale'),
      renew: () => link.renew(),
      refused: (refusal) => link.end(refusal),
    });

  const link: Link<ServerToAdmin, AdminToServer> = openLink(url, '/admin', authOf(token), {
    connected() {
      heardAt = Date.now();
      watches.connected();
      pendingCommands.connected();
      rollouts.connected();
      alerts.connected();
      if (replication) replication.connected();
      else standing.become('live');
    },
    lost() {
      replication?.lost();
      pendingCommands.lost();
      if (standing.link === 'live') standing.become('stale');
    },
    failed(error) {
      standing.failed(error);
      errors.tell(error);
    },
    ended(error) {
      finish(error);
      errors.tell(error);
    },
  });
  link.socket.on('server:hello', ({ protocol }) => {
    const different = mismatch(protocol);
    if (different) link.end(different);
  });
  link.socket.on('state:updated', (payload) => replication?.received(payload));
  link.socket.on('rollout:updated', (payload) => rollouts.received(payload));
  link.socket.on('alert:updated', (update) => alerts.received(update));
  link.socket.on('fleet:resync', () => replication?.resync());
  link.socket.on('command:response', (ending) => pendingCommands.ended(ending));

  function finish(reason: ClientError): void {
    if (standing.error) return;
    replication?.stop();
    pendingCommands.abandon(reason);
    standing.end(reason);
  }

  link.open();

  return {
    devices: replication?.replica.devices ?? new Map(),
    get status() {
      return standing.status;
    },
    ready: standing.ready,
    onStatus: standing.onStatus,
    onError: errors.add,
    onChange: (of, listener) => listeners.add(of, listener),
    async send(given, onProgress, options) {
      if (standing.error) throw standing.error;
      const request = { ...(given as SendTracedCommand), commandId: given.commandId ?? newId() };
      const endings = await pendingCommands.send(request, onProgress, options);
      return (given.deviceId === undefined ? endings : endings[0]) as never;
    },
    cancel: async (commandId) => {
      const { status } = await request('command:cancel', { commandId });
      return status;
    },
    rollouts: rollouts.rollouts,
    alerts: alerts.alerts,
    setDesired: (target, state) => setDesired({ url, token }, target, state),
    get: async (deviceId) => {
      const { version, document } = await request('device:get', { deviceId });
      return { version, document } as VersionedDocument;
    },
    watch: (deviceId, { intervalMs = 0 } = {}) => watches.watch(deviceId, intervalMs),
    refresh: async (deviceId, what) => {
      const { snapshot } = await request('device:refresh', { deviceId, what });
      return snapshot;
    },
    close() {
      link.close();
      finish(new ClientError({ code: 'unavailable', message: 'This connection was closed.' }));
    },
  };
}

function authOf(token: TokenSource | undefined): Auth {
  if (typeof token === 'function') return async () => ({ token: (await tokenOf(token)) as string });
  return token === undefined ? {} : { token };
}

const noAnswer = () => new ClientError({ code: 'unavailable', message: 'The server does not respond.' });

/** Replaces `crypto.randomUUID`, which browsers provide only over HTTPS. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
