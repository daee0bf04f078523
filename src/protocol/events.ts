import type { ShownAlert } from './alert-document.ts';
import type { CommandEnding, CommandRecord, CommandSummary, EndingFacts } from './command-record.ts';
import type { DeclaredCommand } from './declaration.ts';
import type { Json, JsonObject, VersionedDocument } from './document.ts';
import type { ErrorCode, Fault } from './errors.ts';
import type { OneCommand, OneDevice, Refresh, SendTracedCommand, Subscribe, Watch } from './requests.ts';
import type { RolloutUpdate, VersionedRollout } from './rollout-document.ts';
import type { Snapshot } from './snapshot.ts';
import type { Part, StreamMessage, Subscribed } from './stream.ts';

/**
 * The events of both namespaces, as types for the server and for its clients. They describe what a correct peer sends:
 * the server checks everything that it receives with the schemas beside this file.
 */

export interface Refusal {
  code: ErrorCode;
  message: string;
  details?: readonly Fault[];
}

/** Every request is acknowledged with its result, or with the reason of the refusal. */
export type Answer<T extends object = object> = ({ ok: true } & T) | { ok: false; error: Refusal };

/** The last argument of an event: call it once. */
type Acknowledge<T> = (answer: T) => void;

/** Namespace `/`: a command for a player (SPEC P6). */
export interface PlayerCommand {
  commandId: string;
  command: string;
  params: JsonObject;
}

export interface PlayerRegistration {
  deviceId: string;
  deviceName?: string | undefined;
  deviceType?: string | undefined;
  deviceGroup?: string | undefined;
  appVersion?: string | undefined;
  /** By interface name. */
  deviceNetwork?: object | undefined;
  commands?: readonly DeclaredCommand[] | undefined;
  /** Answers that may not have arrived. */
  answers?: readonly PlayerAnswer[] | undefined;
}

export interface PlayerAnswer {
  commandId: string;
  /** With any status other than `success` and `error`, the state decides (P6). */
  status: 'success' | 'error' | 'interrupted' | 'timeout';
  result?: unknown;
  /** Of an error. */
  code?: string | undefined;
  message?: string | undefined;
}

/** The answer to a registration. */
export interface Registered {
  deviceId: string;
  sessionId: string;
  serverTime: string;
  stateIntervalMs: number;
  protocol: number;
}

export interface PlayerToServer {
  'player:register': (registration: PlayerRegistration, ack?: Acknowledge<Registered | Answer>) => void;
  /** Replaces the state (P3). */
  'player:state': (state: JsonObject, ack?: Acknowledge<Answer>) => void;
  /** Replaces the sections it contains (P4). */
  'state:update': (
    update: { deviceId?: string; timestamp?: Json; changes: JsonObject },
    ack?: Acknowledge<Answer>,
  ) => void;
  'player:command:response': (response: PlayerAnswer, ack?: Acknowledge<Answer>) => void;
}

export interface ServerToPlayer {
  'player:registered': (it: Registered) => void;
  'player:request:state': () => void;
  'player:request:snapshot': () => void;
  'player:command': (command: PlayerCommand) => void;
  /** `event`: the event that was refused. */
  'player:error': (refusal: Refusal & { event?: string }) => void;
}

/** Namespace `/admin`: each request, with the contents of its acknowledgement beside `ok`. */
export interface AdminRequests {
  'fleet:subscribe': { request: Subscribe; answer: Subscribed };
  /** The next part of a subscription with `parts: true`. */
  'fleet:more': { request: object; answer: Part };
  'fleet:unsubscribe': { request: object; answer: object };
  /** Starts sending `rollout:updated` to this admin. */
  'rollouts:subscribe': { request: object; answer: { rollouts: readonly VersionedRollout[] } };
  'rollouts:unsubscribe': { request: object; answer: object };
  /** The open alerts. Starts sending `alert:updated` to this admin. */
  'alerts:subscribe': { request: object; answer: OpenAlerts };
  'alerts:unsubscribe': { request: object; answer: object };
  'device:get': { request: OneDevice; answer: VersionedDocument };
  'device:watch': { request: Watch; answer: { intervalMs: number } };
  'device:unwatch': { request: OneDevice; answer: { intervalMs: number } };
  /** `snapshot`: the facts of the screenshot, if one was requested and arrived. */
  'device:refresh': { request: Refresh; answer: { snapshot?: Snapshot } };
  'command:send': { request: SendTracedCommand; answer: { commands: readonly CommandSummary[] } };
  'command:cancel': { request: OneCommand; answer: { status: CommandRecord['status'] } };
}
export type AdminRequest = keyof AdminRequests;

export type AdminToServer = {
  [E in AdminRequest]: (
    request: AdminRequests[E]['request'],
    ack: Acknowledge<Answer<AdminRequests[E]['answer']>>,
  ) => void;
};

/** The newest open alerts, up to 1,000, and how many there are. */
export interface OpenAlerts {
  alerts: readonly ShownAlert[];
  total: number;
  critical: number;
}

/** The alerts that are new or have changed, and the ids of those that are not among these any more. */
export interface AlertsUpdate extends OpenAlerts {
  gone: readonly string[];
}

/** The result of a command for one device. */
export type CommandResult = Pick<CommandRecord, 'commandId' | 'deviceId' | 'command'> & {
  status: CommandEnding;
} & EndingFacts;

export interface ServerToAdmin {
  /** The first message of a connection. */
  'server:hello': (hello: { protocol: number }) => void;
  'state:updated': (message: StreamMessage | Uint8Array) => void;
  'command:response': (result: CommandResult) => void;
  'alert:updated': (update: AlertsUpdate) => void;
  'rollout:updated': (message: { updates: readonly RolloutUpdate[] }) => void;
  /** The client must subscribe again. */
  'fleet:resync': (why: { reason: string }) => void;
}
