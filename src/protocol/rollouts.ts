import { z } from 'zod';
import type { TargetOutcome } from '../../machines/rollout-status.ts';
import { group } from './admin.ts';
import { commandOptions } from './commands.ts';
import type { Time } from './document.ts';
import { MAX_FILTER } from './filter/filter.ts';
import { ID } from './schema.ts';

export * from '../../machines/rollout-status.ts';
export type { Rollout, RolloutSettings, RolloutUpdate, VersionedRollout } from './rollout-document.ts';

/** The token id for commands of rollouts. No real token has it. */
export const ROLLOUT_TOKEN = 'rollout';

const MAX_TARGETS = 20_000;
const DAY_MS = 24 * 3600_000;
const share = z.number().min(0).max(1);
const duration = z.int().min(0);

/** The targets: exactly one of these. */
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
    /** Devices per second. */
    rate: z.number().min(0.01).max(100).default(10),
    maxErrorShare: share.default(0.1),
    maxTimeoutShare: share.default(0.2),
    watchMs: duration.max(3600_000).default(60_000),
    waitForOfflineMs: duration.max(7 * DAY_MS).default(0),
    /** Only return what would happen. */
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

/** A target, as shown in the report. */
export interface RolloutTarget {
  deviceId: string;
  commandId: string;
  outcome: TargetOutcome;
  sentAt?: Time;
  /** When the command ended. */
  answeredAt?: Time;
  endedAt?: Time;
  /** Why nothing was sent: an error code, `unproven`, or `offline`. */
  code?: string;
  message?: string;
  durationMs?: number;
}

export const rolloutActs = ['pause', 'resume', 'cancel'] as const;
export type RolloutAct = (typeof rolloutActs)[number];

/** What a rollout would do. */
export interface RolloutPreview {
  total: number;
  online: number;
  /** By the current state of the online devices. */
  send: number;
  alreadySo: number;
  /** Online, but the effect of the command is unknown now. */
  unproven: number;
  /** Devices that did not declare the command. */
  unknownCommand: number;
  /** Some of the devices, in no particular order. */
  devices: { deviceId: string; name: string | null; status: string }[];
}
