import type { Schedule, ScheduleEdit, ScheduleTarget } from '../../../protocol/schedules.ts';
import { ruleOf, type Timing, timingOf } from './rule.ts';

export const targetKinds = ['all', 'groups', 'filter', 'deviceIds'] as const;
export type TargetKind = (typeof targetKinds)[number];

/** A schedule as form values. */
export interface Draft extends Timing {
  name: string;
  command: string;
  params: string;
  targetKind: TargetKind;
  /** Groups, ids or a filter, depending on the kind of target. */
  targetText: string;
  start: string;
  timeZone: string;
  missed: 'skip' | 'once';
  withinMs: number;
}

const HOUR = 3_600_000;

export function draftOf(schedule: Schedule | undefined): Draft {
  // A new schedule is for nobody at first.
  const { target = { groups: [] }, params, withinMs = HOUR } = schedule ?? {};
  return {
    name: schedule?.name ?? '',
    command: schedule?.command ?? 'play',
    params: params ? JSON.stringify(params) : '',
    ...targetIn(target),
    start: schedule?.start ?? '',
    timeZone: schedule?.timeZone ?? '',
    missed: schedule?.missed ?? 'skip',
    withinMs,
    ...timingOf(schedule?.rrule),
  };
}

function targetIn(target: ScheduleTarget): Pick<Draft, 'targetKind' | 'targetText'> {
  if ('groups' in target) return { targetKind: 'groups', targetText: target.groups.join(', ') };
  if ('deviceIds' in target) return { targetKind: 'deviceIds', targetText: target.deviceIds.join(', ') };
  if ('filter' in target) return { targetKind: 'filter', targetText: target.filter };
  return { targetKind: 'all', targetText: '' };
}

export function targetOf({ targetKind, targetText }: Draft): ScheduleTarget {
  const named = targetText
    .split(',')
    .map((it) => it.trim())
    .filter(Boolean);
  switch (targetKind) {
    case 'groups':
      return { groups: named };
    case 'deviceIds':
      return { deviceIds: named };
    case 'filter':
      return { filter: targetText.trim() };
    case 'all':
      return { all: true };
  }
}

/** False while no device is named yet. */
export const isNamed = ({ targetKind, targetText }: Draft): boolean => targetKind === 'all' || targetText.trim() !== '';

/** The fields that affect the preview. */
export function timesOf(draft: Draft) {
  const [rrule, timeZone] = [ruleOf(draft), draft.timeZone.trim()];
  return {
    start: draft.start,
    ...(rrule !== undefined && { rrule }),
    ...(timeZone !== '' && { timeZone }),
    target: targetOf(draft),
  };
}

/** Undefined if the text is not a JSON object. */
export function paramsIn(text: string): Record<string, unknown> | null | undefined {
  if (text.trim() === '') return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** All fields, for an edit: empty ones are cleared. */
export function editOf(draft: Draft, params: Record<string, unknown> | null): ScheduleEdit {
  const { name, command, missed, withinMs } = draft;
  return {
    rrule: null,
    timeZone: null,
    ...timesOf(draft),
    name: name.trim(),
    command,
    params,
    missed,
    withinMs: missed === 'once' ? withinMs : null,
  };
}

/** For a new schedule: nothing needs clearing. */
export const createOf = (edit: ScheduleEdit): object =>
  Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== null));
