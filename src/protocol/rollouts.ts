import type { Operation } from 'fast-json-patch';
import { z } from 'zod';
import {
  type Counts,
  type RolloutStatus,
  rolloutStatuses,
  type TargetOutcome,
  targetOutcomes,
} from '../../machines/rollout.ts';
import { group } from './admin.ts';
import { commandOptions } from './commands.ts';
import type { JsonObject, Time } from './document.ts';
import { MAX_FILTER } from './filter/filter.ts';
import { ID } from './schema.ts';

export { type Counts, type RolloutStatus, rolloutStatuses, type TargetOutcome, targetOutcomes };

/** Whom the commands of rollouts are of. No token has this id. */
export const ROLLOUT_TOKEN = 'rollout';

const MAX_TARGETS = 20_000;
const DAY_MS = 24 * 3600_000;
const share = z.number().min(0).max(1);
const duration = z.int().min(0);

/** Whom: exactly one of them. */
const targets = {
  filter: z.string().trim().min(1).max(MAX_FILTER).optional(),
  deviceIds: z.array(ID).min(1).max(MAX_TARGETS).optional(),
  group: group.optional(),
  all: z.literal(true).optional(),
};

const { timeoutMs, retries, force } = commandOptions;

export const NewRollout = z
  .strictObject({
    ...targets,
    name: z.string().trim().min(1).max(256).optional(),
    command: z.string().min(1).max(64),
    params: z.unknown().optional(),
    timeoutMs,
    retries: retries.default(0),
    force,
    canary: z.int().min(0).max(1000).default(5),
    /** Devices a second. */
    rate: z.number().min(0.01).max(100).default(10),
    maxErrorShare: share.default(0.1),
    maxTimeoutShare: share.default(0.2),
    watchMs: duration.max(3600_000).default(60_000),
    waitForOfflineMs: duration.max(7 * DAY_MS).default(0),
    /** Only say what it would do. */
    preview: z.boolean().default(false),
  })
  .refine((it) => [it.filter, it.deviceIds, it.group, it.all].filter((t) => t !== undefined).length === 1, {
    message: 'name exactly one of filter, deviceIds, group, all',
    path: ['filter'],
  })
  .meta({
    id: 'NewRollout',
    description:
      'Exactly one of `filter`, `deviceIds`, `group`, `all`. `canary` devices first (0: none); then `rate` a second. It ' +
      'stops by itself where more than `maxErrorShare` of the last 200 answered with an error or were gone `watchMs` after ' +
      'their success, or more than `maxTimeoutShare` did not answer.',
    example: { filter: 'group:lobby version<2.3', command: 'update', canary: 5, rate: 10 },
  });
export type NewRollout = z.output<typeof NewRollout>;

/** One document a rollout: what admins see, and what patches change. */
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
  /** Who paused, resumed or cancelled it, if that was the last thing that happened. */
  by?: string;
  /** Why it stopped by itself. */
  why?: 'errors' | 'timeouts';
  endedAt?: Time;
  /** How they were chosen: the filter, or in short. */
  targets: string;
  settings: RolloutSettings;
  total: number;
  counts: Counts;
}

export type RolloutSettings = Pick<
  NewRollout,
  'canary' | 'rate' | 'maxErrorShare' | 'maxTimeoutShare' | 'watchMs' | 'waitForOfflineMs' | 'retries'
> & { timeoutMs?: number; force?: boolean };

export interface VersionedRollout {
  version: number;
  document: Rollout;
}

/** One change of a rollout, as admins are told. A patch changes the version `base`: who has another one subscribes again. */
export type RolloutUpdate = { rolloutId: string; version: number; at: Time } & (
  | { base: number; patch: Operation[] }
  | { document: Rollout }
  | { deleted: true }
);

/** A target, as the report shows it. */
export interface RolloutTarget {
  deviceId: string;
  commandId: string;
  outcome: TargetOutcome;
  sentAt?: Time;
  /** When its command ended. */
  answeredAt?: Time;
  endedAt?: Time;
  /** Why nothing was sent: an error's code, `unproven`, or `offline`. */
  code?: string;
  message?: string;
  durationMs?: number;
}

export const rolloutActs = ['pause', 'resume', 'cancel'] as const;
export type RolloutAct = (typeof rolloutActs)[number];

/** What it would do. */
export interface RolloutPreview {
  total: number;
  online: number;
  /** By what is measured of those that are online. */
  send: number;
  alreadySo: number;
  /** Online, and it is not known yet what the command would do. */
  unproven: number;
  /** They did not declare this command. */
  unknownCommand: number;
  /** The first of them, in no order. */
  devices: { deviceId: string; name: string | null; status: string }[];
}
