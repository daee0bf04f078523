import type { Hours, Weekday } from '../../protocol/alerts.ts';
import type { DesiredState, ShownDesired } from '../../protocol/desired.ts';
import type { VersionedDocument } from '../../protocol/document.ts';
import { triedText } from '../../protocol/tried.ts';
import { apiOf, at } from './api.ts';
import { type Call, type Command, type Option, serverOptions, usageError } from './command.ts';
import { printJson, printTable } from './output.ts';

const targets: Record<string, Option> = {
  device: { value: 'ID', help: 'this device' },
  group: { value: 'GROUP', help: 'the devices of this group without a desired state of their own' },
  all: { help: 'all other devices' },
};

export const set: Command = {
  usage: 'desired set PLAYBACK (--device ID | --group GROUP | --all)',
  summary: 'set the desired state of screens, which the server then maintains',
  details:
    'PLAYBACK is playing, paused or stopped. --during "mon-fri 08:00-22:00" may be given again; days are mon … sun, ' +
    'lists of them (sat,sun) or daily; times are those of the device, and 20:00-02:00 goes on until the next day.',
  words: [1, 1],
  options: {
    ...targets,
    fullscreen: { value: 'on|off', help: 'whether the picture fills the screen' },
    during: { value: 'HOURS', multiple: true, help: 'when it applies; default: always' },
    'give-up-after': { value: 'N', help: 'raise an alert after this many attempts; default: 6' },
    ...serverOptions,
  },
  async run(call) {
    const path = pathOf(call);
    const fullscreen = call.text('fullscreen');
    if (fullscreen !== undefined && fullscreen !== 'on' && fullscreen !== 'off')
      throw usageError(`--fullscreen ${fullscreen}: on or off.`);
    const tries = call.text('give-up-after');
    const wanted = {
      playback: call.words[0] as DesiredState['playback'],
      ...(fullscreen !== undefined && { fullscreen: fullscreen === 'on' }),
      ...(call.texts('during').length > 0 && { during: hoursOf(call.texts('during')) }),
      ...(tries !== undefined && { giveUpAfter: Number(tries) }),
    } satisfies DesiredState;
    const answer = await (await apiOf(call)).put<ShownDesired>(path, wanted);
    if (call.is('json')) printJson(answer);
    else process.stderr.write(`Desired: ${textOf(answer)}. vigia desired list shows the progress.\n`);
    return 0;
  },
};

export const clear: Command = {
  usage: 'desired clear (--device ID | --group GROUP | --all)',
  summary: 'remove a desired state; that of the group, or of all, applies again',
  options: { ...targets, ...serverOptions },
  async run(call) {
    await (await apiOf(call)).remove(pathOf(call));
    if (!call.is('json')) process.stderr.write('Nothing is wanted there any more.\n');
    return 0;
  },
};

export const show: Command = {
  usage: 'desired show ID',
  summary: 'show the desired state of a device and its status, as JSON',
  words: [1, 1],
  options: serverOptions,
  async run(call) {
    printJson(await (await apiOf(call)).get(at`/devices/${call.words[0] as string}/desired`));
    return 0;
  },
};

export const list: Command = {
  usage: 'desired list',
  summary: 'list the devices with a desired state, and its status',
  options: { group: { value: 'GROUP', help: 'only this group' }, ...serverOptions },
  async run(call) {
    const api = await apiOf(call);
    const rows: (readonly unknown[])[] = [];
    const query = { group: call.text('group'), limit: 1000 };
    for await (const { document } of api.pages<VersionedDocument>('/devices', 'devices', query)) {
      const { id, desired } = document;
      if (!desired) continue;
      if (call.is('json')) printJson({ id, ...desired });
      else rows.push([id, textOf(desired), desired.source, desired.status, desired.since, whyOf(desired)]);
    }
    if (!call.is('json')) printTable(['ID', 'WANTED', 'BY', 'STATUS', 'SINCE', 'WHY'], rows);
    return 0;
  },
};

function pathOf(call: Call): string {
  const [device, group] = [call.text('device'), call.text('group')];
  const named = [device !== undefined, group !== undefined, call.is('all')].filter(Boolean).length;
  if (named !== 1) throw usageError('Give exactly one of --device ID, --group GROUP, --all.');
  if (device !== undefined) return at`/devices/${device}/desired`;
  return group === undefined ? '/desired' : at`/groups/${group}/desired`;
}

const textOf = ({ playback, fullscreen, during }: DesiredState): string =>
  [playback, fullscreen === undefined ? '' : fullscreen ? 'fullscreen' : 'no fullscreen', during ? 'within hours' : '']
    .filter((it) => it !== '')
    .join(', ');

function whyOf({ why, by, until, tried = [] }: ShownDesired): string {
  if (by !== undefined) return `${why} of ${by}, until ${until}`;
  return [why, ...tried.map(triedText)].join('; ');
}

const days: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Parses `mon-fri 08:00-22:00`; the server validates the times. */
function hoursOf(texts: readonly string[]): Hours {
  const hours: Partial<Record<Weekday, [string, string][]>> = {};
  for (const text of texts) {
    const [, names = '', from = '', to = ''] = /^(\S+)\s+([\d:]+)-([\d:]+)$/.exec(text.trim()) ?? [];
    const named = names === 'daily' ? days : names.split(',').flatMap(daysOf);
    if (from === '' || named.length === 0) throw usageError(`--during "${text}": write it as "mon-fri 08:00-22:00".`);
    for (const day of named) hours[day] = [...(hours[day] ?? []), [from, to]];
  }
  return hours;
}

/** Parses a range of days; `fri-mon` wraps around. Empty if a name is unknown. */
function daysOf(text: string): Weekday[] {
  const [first, last] = text.split('-').map((it) => days.indexOf(it as Weekday)) as [number, number?];
  if (first < 0 || (last ?? 0) < 0) return [];
  const length = last === undefined ? 1 : ((last - first + 7) % 7) + 1;
  return Array.from({ length }, (_, i) => days[(first + i) % 7] as Weekday);
}
