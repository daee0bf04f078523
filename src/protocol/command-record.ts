import { intentNames } from '../../machines/intents.ts';
import { type CommandEnding, commandNames } from '../../machines/policy.ts';
import type { JsonObject, PendingStatus, Time } from './document.ts';

export type { CommandEnding } from '../../machines/policy.ts';

/** Commands that can be sent to every device: those of its player, and the intents (SPEC C8). */
export const requestNames = [...commandNames, ...intentNames] as const;
export type RequestName = (typeof requestNames)[number];

/** The record of a command, pending or ended. */
export interface CommandRecord {
  commandId: string;
  deviceId: string;
  /** The requested command or intent. */
  command: string;
  params: JsonObject;
  status: PendingStatus | CommandEnding;
  /** Number of attempts so far. */
  attempts: number;
  /** The name of the admin token that sent it. */
  requestedBy: string;
  requestedAt: Time;
  deadlineAt: Time | null;
  endedAt?: Time;
  confirmedBy?: 'response' | 'state';
  /** The device was in the wanted state already: nothing was sent. */
  alreadySo?: true;
  /** Why nothing was sent (`unproven`), or the player's code of its error. */
  code?: string;
  result?: unknown;
  message?: string;
  durationMs?: number;
}

/** The fields that describe how a command ended. */
export const endingKeys = [
  'code',
  'alreadySo',
  'result',
  'message',
  'attempts',
  'confirmedBy',
  'durationMs',
] as const satisfies readonly (keyof CommandRecord)[];
export type EndingFacts = Partial<Pick<CommandRecord, (typeof endingKeys)[number]>>;

export function endingFacts(record: CommandRecord): EndingFacts {
  return Object.fromEntries(endingKeys.flatMap((key) => (record[key] === undefined ? [] : [[key, record[key]]])));
}

/** The response of `command:send` and `POST …/commands` for each device; for an ended command, with its result. */
export interface CommandSummary extends Pick<CommandRecord, 'commandId' | 'deviceId' | 'status'>, EndingFacts {
  /** Why the command was not accepted for this device (if sent to many devices). */
  error?: { code: string; message: string };
}
