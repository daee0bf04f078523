import type { Operation } from 'fast-json-patch';
import type { Counts, RolloutReason, RolloutStatus } from '../../machines/rollout-status.ts';
import type { JsonObject, Time } from './document.ts';

/** The document of a rollout: admins see it, and patches change it. */
export interface Rollout {
  id: string;
  name?: string;
  command: string;
  params: JsonObject;
  /** The name of the token. */
  createdBy: string;
  createdAt: Time;
  status: RolloutStatus;
  since: Time;
  /** The token that paused, resumed or cancelled the rollout, if that was the last change. */
  by?: string;
  /** Why it stopped or paused by itself. */
  why?: RolloutReason;
  endedAt?: Time;
  /** How the devices were selected: the filter, or a short form. */
  targets: string;
  settings: RolloutSettings;
  total: number;
  counts: Counts;
}

export interface RolloutSettings {
  canary: number;
  /** Devices per second. */
  rate: number;
  maxErrorShare: number;
  maxTimeoutShare: number;
  watchMs: number;
  waitForOfflineMs: number;
  retries: number;
  timeoutMs?: number;
  force?: boolean;
}

export interface VersionedRollout {
  version: number;
  document: Rollout;
}

/**
 * One change of a rollout, as sent to admins. A patch applies to version `base`; a client with another version must
 * subscribe again.
 */
export type RolloutUpdate = { rolloutId: string; version: number; at: Time } & (
  | { base: number; patch: Operation[] }
  | { document: Rollout }
  | { deleted: true }
);
