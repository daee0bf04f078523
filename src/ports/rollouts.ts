import type { Rollout, RolloutTarget, TargetOutcome } from '../protocol/rollouts.ts';

export interface RolloutRights {
  tokenId: string;
  name: string;
  groups?: readonly string[];
}

/** As it is stored. */
export interface StoredRollout {
  document: Rollout;
  /** Of the document: it never goes back. */
  version: number;
  /** The instance that runs it, and its epoch: writes of earlier instances are ignored. */
  holder: string;
  epoch: number;
  /** Who started or last resumed it: it acts with the rights of this token, as long as the token exists. */
  by: RolloutRights;
  /** Of its devices when it began; null: some are in none. */
  groups: readonly string[] | null;
  /** Incremented each time it is resumed after an automatic stop. */
  round: number;
}

/** One device of it. Its key is the id of its command. */
export interface StoredTarget extends RolloutTarget {
  rolloutId: string;
  /** Its place in the order, from 0. */
  position: number;
  /** In which it was sent. */
  round?: number;
}

/** Stored rollouts that are not in memory. */
export interface RolloutLog {
  /** Newest first; `before`: only those with a smaller id. */
  list(query: { before?: string | undefined; limit: number }): Promise<StoredRollout[]>;
  /** In their order; `after`: only those behind this place. */
  targets(query: {
    rolloutId: string;
    outcome?: TargetOutcome | undefined;
    after?: number | undefined;
    limit: number;
  }): Promise<StoredTarget[]>;
}
