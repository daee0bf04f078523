import type { Schedule, ScheduleEdit, ScheduleRun, ScheduleTarget, ZonePlan } from '../../protocol/schedules.ts';
import { type Api, apiOf, at } from './api.ts';
import { type Call, CliError, type Command, type Option, serverOptions, usageError } from './command.ts';
import { durationOf } from './duration-of.ts';
import { printJson, printTable } from './output.ts';
import { paramsOf } from './params.ts';

const when: Record<string, Option> = {
  at: { value: 'TIME', help: 'local time of the devices, such as 2026-12-24T08:00' },
  rule: { value: 'RRULE', help: 'RFC 5545, such as FREQ=WEEKLY;BYDAY=MO,FR; without it, once' },
  'time-zone': { value: 'ZONE', help: "such as Europe/Madrid; without it, each device's own" },
};

export const list: Command = {
  usage: 'schedule list',
  summary: 'list the schedules, with their next and their last run',
  options: serverOptions,
  async run(call) {
    const schedules = await all(await apiOf(call));
    if (call.is('json')) for (const schedule of schedules) printJson(schedule);
    else {
      printTable(
        ['ID', 'NAME', 'COMMAND', 'TARGET', 'DEVICES', 'STATE', 'NEXT', 'LAST'],
        schedules.map((it) => [
          it.id,
          it.name,
          it.command,
          targetText(it.target),
          it.devices,
          stateOf(it),
          it.nextAt,
          it.lastRun?.local,
        ]),
      );
    }
    return 0;
  },
};

export const add: Command = {
  usage: 'schedule add NAME COMMAND --at TIME',
  summary: 'send a command at a local time to --device, --group, --filter or --all; --preview shows the next ten runs',
  words: [2, 2],
  options: {
    ...when,
    device: { value: 'ID', multiple: true, help: 'this device; may be given again' },
    group: { value: 'GROUP', multiple: true, help: 'all devices of this group; may be given again' },
    all: { help: 'all devices' },
    filter: { value: 'FILTER', help: 'the devices that match the filter when it runs' },
    param: { value: 'KEY=VALUE', multiple: true, help: 'a parameter; VALUE is JSON or text; may be given again' },
    force: { help: 'send even if the effect is unknown' },
    missed: { value: 'POLICY', help: 'skip, or once: on return, if that is within the limit' },
    within: { value: 'TIME', help: 'the limit, such as 30m, 2h or 1d (1h)' },
    preview: { help: 'save nothing, and show the next ten runs' },
    ...serverOptions,
  },
  async run(call) {
    const [name, command] = call.words as [string, string];
    const timing = timingOf(call);
    const target = targetOf(call);
    const api = await apiOf(call);
    if (call.is('preview')) {
      const { zones } = await api.post<{ zones: ZonePlan[] }>('/schedules/preview', { ...timing, target });
      return showPlan(call, zones);
    }
    const [params, missed, within] = [paramsOf(call.texts('param')), call.text('missed'), call.text('within')];
    const created = await api.post<Schedule>('/schedules', {
      name,
      command,
      target,
      ...timing,
      ...(Object.keys(params).length > 0 && { params }),
      ...(call.is('force') && { force: true }),
      ...(missed !== undefined && { missed }),
      ...(within !== undefined && { withinMs: durationOf(within, '--within') }),
    });
    return printCreated(call, created);
  },
};

const change = (usage: string, summary: string, edit: ScheduleEdit): Command => ({
  usage,
  summary,
  words: [1, 1],
  options: serverOptions,
  async run(call) {
    const api = await apiOf(call);
    const { id } = await named(api, call);
    return printCreated(call, await api.patch<Schedule>(at`/schedules/${id}`, edit));
  },
});
export const pause = change('schedule pause NAME', 'run it no more until it is resumed', { enabled: false });
export const resume = change('schedule resume NAME', 'run a paused or stopped schedule again', { enabled: true });

export const remove: Command = {
  usage: 'schedule remove NAME',
  summary: 'remove a schedule, by its name or id',
  words: [1, 1],
  options: serverOptions,
  async run(call) {
    const api = await apiOf(call);
    const { id } = await named(api, call);
    await api.remove(at`/schedules/${id}`);
    if (!call.is('json')) process.stderr.write(`${id} is removed.\n`);
    return 0;
  },
};

export const runs: Command = {
  usage: 'schedule runs NAME',
  summary: 'list the last runs of a schedule, and how their commands ended',
  words: [1, 1],
  options: { limit: { value: 'N', help: 'at most this many (20)' }, ...serverOptions },
  async run(call) {
    const api = await apiOf(call);
    const { id } = await named(api, call);
    const found = await api.get<{ runs: ScheduleRun[] }>(at`/schedules/${id}/runs`, { limit: call.text('limit') });
    if (call.is('json')) for (const run of found.runs) printJson(run);
    else {
      printTable(
        ['LOCAL TIME', 'ZONE', 'AT', 'STATUS', 'DEVICES', 'REFUSED', 'COMMANDS'],
        found.runs.flatMap(({ local, zones, outcomes }) =>
          zones.map((it, i) => [
            local,
            it.timeZone,
            it.at,
            it.status,
            it.devices,
            counts(it.refused),
            // The outcomes cover all zones of the run.
            i === 0 ? counts(outcomes) : '',
          ]),
        ),
      );
    }
    return 0;
  },
};

function showPlan(call: Call, zones: readonly ZonePlan[]): number {
  if (call.is('json')) for (const zone of zones) printJson(zone);
  else {
    printTable(
      ['ZONE', 'DEVICES', 'LOCAL TIME', 'AT'],
      zones.flatMap(({ timeZone, devices, runs }) => runs.map((run) => [timeZone, devices, run.local, run.at])),
    );
  }
  return zones.some((zone) => zone.runs.length > 0) ? 0 : 1;
}

function printCreated(call: Call, schedule: Schedule): number {
  if (call.is('json')) printJson(schedule);
  else {
    const { id, name, devices, nextAt } = schedule;
    process.stderr.write(`${id} (${name}): ${stateOf(schedule)}, ${devices} devices, next ${nextAt ?? 'never'}\n`);
  }
  return 0;
}

const all = async (api: Api): Promise<Schedule[]> => (await api.get<{ schedules: Schedule[] }>('/schedules')).schedules;

/** Finds a schedule by its id, or by its name if that is unique. */
async function named(api: Api, call: Call): Promise<Schedule> {
  const name = call.words[0] as string;
  const schedules = await all(api);
  const found = schedules.filter((it) => it.id === name || it.name === name);
  if (found.length > 1) throw new CliError(`${found.length} schedules are called "${name}": give the id.`);
  if (!found[0]) throw new CliError(`There is no schedule "${name}".`);
  return found[0];
}

function targetOf(call: Call): ScheduleTarget {
  const [deviceIds, groups, filter] = [[...call.texts('device')], [...call.texts('group')], call.text('filter')];
  const targets: ScheduleTarget[] = [
    ...(deviceIds.length > 0 ? [{ deviceIds }] : []),
    ...(groups.length > 0 ? [{ groups }] : []),
    ...(filter !== undefined ? [{ filter }] : []),
    ...(call.is('all') ? [{ all: true as const }] : []),
  ];
  if (targets.length !== 1 || !targets[0])
    throw usageError('Give exactly one of --device, --group, --all and --filter.');
  return targets[0];
}

function timingOf(call: Call) {
  const [start, rrule, timeZone] = [call.text('at'), call.text('rule'), call.text('time-zone')];
  if (start === undefined) throw usageError('Give --at, such as --at 2026-12-24T08:00.');
  return { start, ...(rrule !== undefined && { rrule }), ...(timeZone !== undefined && { timeZone }) };
}

function targetText(target: ScheduleTarget): string {
  if ('all' in target) return 'all';
  if ('filter' in target) return target.filter;
  return 'groups' in target ? target.groups.join(', ') : target.deviceIds.join(', ');
}

const stateOf = ({ enabled, stopped }: Schedule): string => (enabled ? (stopped?.replace('_', ' ') ?? 'ok') : 'paused');

const counts = (some: Record<string, number> = {}): string =>
  Object.entries(some)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
