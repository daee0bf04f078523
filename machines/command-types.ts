import type { CommandRequest } from './intents.ts';
import type { Observation } from './observation.ts';
import type { CommandEnding } from './policy.ts';

/** The device's connection, as far as commands depend on it. */
export type Link = 'online' | 'reconnecting' | 'offline';

export interface CommandSpec extends CommandRequest {
  deviceId: string;
  commandId: string;
  /** Response timeout of one attempt, in ms. */
  timeoutMs: number;
  /** Includes the first attempt. */
  maxAttempts: number;
  /** Maximum time in the queue, in ms. Null: fail at once if the device is offline. */
  ttlMs: number | null;
}

/** Progress of a command. Published at every step; a restored actor resumes from it. */
export interface CommandProgress {
  status: 'queued' | 'sent' | 'verifying';
  attempt: number;
  /** The state before the command, which later states are compared with. */
  baseline: Observation | null;
  /** Remaining time of the current wait, in ms; null if the wait has no timeout of its own. */
  leftMs: number | null;
  /** The player's response, if the server could not interpret it. */
  answered?: string;
}

/** A player's response. `unclear`: neither success nor error; `message` holds the player's own words, if any. */
export interface Answer {
  status: 'success' | 'error' | 'unclear';
  result?: unknown;
  /** The player's, of an error. */
  code?: string;
  message?: string;
}

export interface CommandOutput {
  commandId: string;
  status: CommandEnding;
  attempts: number;
  confirmedBy?: 'response' | 'state';
  /** The device already was in the wanted state, so nothing was sent. */
  alreadySo?: true;
  /** Why the command was not sent (`unproven`), or the player's code of its error. */
  code?: string;
  result?: unknown;
  message?: string;
}
