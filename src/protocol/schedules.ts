import { z } from 'zod';
import { isTimeZone } from './alerts.ts';
import { commandOptions } from './commands.ts';
import type { Time } from './document.ts';
import { MAX_FILTER } from './filter/filter.ts';
import { GroupNames } from './group-name.ts';
import { ID } from './schema.ts';

/** A run that starts within this time counts as on time. */
export const ON_TIME_MS = 60_000;
const MAX_WITHIN_MS = 7 * 86_400_000;
export const MAX_SCHEDULES = 500;
/** How many runs a preview shows per time zone. */
export const PREVIEWED_RUNS = 10;

/** Exactly one of these fields. */
export const ScheduleTarget = z.union([
  z.strictObject({ all: z.literal(true) }),
  z.strictObject({ groups: GroupNames }),
  z.strictObject({ deviceIds: z.array(ID).min(1).max(1000) }),
  z.strictObject({ filter: z.string().trim().min(1).max(MAX_FILTER) }),
]);
export type ScheduleTarget = z.output<typeof ScheduleTarget>;

/** A local date and time. Dates that do not exist, such as 30 February, change in a round trip and are refused. */
const localTime = z
  .string()
  .regex(/^2[01]\d\d-\d\d-\d\dT\d\d:\d\d$/, 'must be a local date and time such as 2026-12-24T08:00')
  .refine((it) => {
    const at = Date.parse(`${it}Z`);
    return !Number.isNaN(at) && new Date(at).toISOString().startsWith(it);
  }, 'there is no such date or time');

const when = {
  start: localTime,
  rrule: z.string().trim().min(1).max(500).optional(),
  timeZone: z.string().min(1).max(64).refine(isTimeZone, 'is not known as a time zone').optional(),
};

const missedPolicies = ['skip', 'once'] as const;

const whole = {
  name: z.string().trim().min(1).max(128),
  enabled: z.boolean().default(true),
  command: z.string().min(1).max(64),
  params: z.record(z.string(), z.unknown()).optional(),
  force: commandOptions.force,
  target: ScheduleTarget,
  ...when,
  missed: z.enum(missedPolicies).default('skip'),
  withinMs: z.int().min(ON_TIME_MS).max(MAX_WITHIN_MS).optional(),
};

export const NewSchedule = z
  .strictObject(whole)
  .refine(({ missed, withinMs }) => missed === 'once' || withinMs === undefined, {
    path: ['withinMs'],
    message: 'goes with missed: once',
  });
export type NewSchedule = z.output<typeof NewSchedule>;

/** Missing fields stay; null clears. */
export const ScheduleEdit = z.strictObject({
  name: whole.name.optional(),
  enabled: z.boolean().optional(),
  command: whole.command.optional(),
  params: whole.params.nullable(),
  force: whole.force.nullable(),
  target: ScheduleTarget.optional(),
  start: when.start.optional(),
  rrule: when.rrule.nullable(),
  timeZone: when.timeZone.nullable(),
  missed: z.enum(missedPolicies).optional(),
  withinMs: whole.withinMs.nullable(),
});
export type ScheduleEdit = z.output<typeof ScheduleEdit>;

export const SchedulePreview = z.strictObject({ ...when, target: ScheduleTarget.optional() });
export type SchedulePreview = z.output<typeof SchedulePreview>;

/** Why an enabled schedule does not run. */
export const stopReasons = ['token_removed', 'finished'] as const;
export type StopReason = (typeof stopReasons)[number];

export const runStatuses = ['running', 'done', 'missed', 'interrupted'] as const;
/** `interrupted`: some devices did not get the command. */
export type RunStatus = (typeof runStatuses)[number];

/** The devices of one time zone in a run. */
export interface ZoneRun {
  timeZone: string;
  /** When the run was due in this zone. */
  at: Time;
  startedAt?: Time;
  status: RunStatus;
  devices: number;
  /** Number of devices that refused the command, by error code. */
  refused?: Record<string, number>;
}

export interface ScheduleRun {
  /** The run's commands have the ids `<id>:<deviceId>`. */
  id: string;
  /** The local time of the run. */
  local: string;
  command: string;
  zones: ZoneRun[];
  /** Number of commands by status; `pending`: not ended yet. */
  outcomes?: Record<string, number>;
}

/** One occurrence in one time zone. */
export interface PlannedRun {
  local: string;
  at: Time;
}

/** The next runs in a time zone of the current target devices. */
export interface ZonePlan {
  timeZone: string;
  devices: number;
  runs: PlannedRun[];
}

export interface Schedule {
  id: string;
  name: string;
  enabled: boolean;
  command: string;
  params?: Record<string, unknown>;
  force?: boolean;
  target: ScheduleTarget;
  start: string;
  rrule?: string;
  timeZone?: string;
  missed: 'skip' | 'once';
  withinMs?: number;
  createdAt: Time;
  createdBy: string;
  changedAt: Time;
  /** The name of the token whose rights it has. */
  changedBy: string;
  /** Current number of target devices. */
  devices: number;
  nextAt: Time | null;
  stopped?: StopReason;
  lastRun?: ScheduleRun;
}
