import type { ActFacts, ActRecord, AlertAct } from '../../protocol/alert-work.ts';
import type { ShownAlert } from '../../protocol/alerts.ts';
import { apiOf, at } from './api.ts';
import { type Call, type Command, serverOptions } from './command.ts';
import { durationOf } from './duration-of.ts';
import { plain, printJson, printLine, printTable } from './output.ts';

type AlertFile = ShownAlert & { acts: ActRecord[] };

const filters = {
  about: { value: 'SUBJECT', help: 'only about this, such as a device id' },
  alert: { value: 'KIND', help: 'only this kind, such as device_offline' },
  severity: { value: 'SEVERITY', help: 'critical or warning' },
  group: { value: 'GROUP', help: 'only about devices and sites of this group' },
  assignee: { value: 'NAME', help: 'only assigned to this person' },
  acknowledged: { value: 'true|false', help: 'only acknowledged ones, or only others' },
  from: { value: 'TIME', help: 'only those that were open at this time or later, such as 2026-03-01T12:00:00Z' },
  to: { value: 'TIME', help: 'only those that opened before this time' },
};

export const list: Command = {
  usage: 'alerts list',
  summary: 'list the open alerts, newest first; with --all, also those that have ended',
  options: { all: { help: 'also those that have ended' }, ...filters, ...serverOptions },
  async run(call) {
    const query = Object.fromEntries(Object.keys(filters).map((key) => [key, call.text(key)]));
    const state = call.is('all') ? 'all' : 'open';
    const pages = (await apiOf(call)).pages<ShownAlert>('/alerts', 'alerts', { state, ...query, limit: 1000 });
    const found: ShownAlert[] = [];
    for await (const alert of pages) {
      if (call.is('json')) printJson(alert);
      else found.push(alert);
    }
    if (call.is('json')) return 0;
    const rows = found.map((it) => [it.id, it.severity, it.alert, it.about, it.openedAt, stateOf(it)]);
    printTable(['ID', 'SEVERITY', 'ALERT', 'ABOUT', 'OPENED', 'STATE'], rows);
    return 0;
  },
};

export const show: Command = {
  usage: 'alerts show ID',
  summary: 'print one alert, with what people did about it',
  words: [1, 1],
  options: serverOptions,
  async run(call) {
    const file = await (await apiOf(call)).get<AlertFile>(at`/alerts/${call.words[0] as string}`);
    if (call.is('json')) printJson(file);
    else printFile(file);
    return 0;
  },
};

export const acknowledge = act('acknowledge', 'acknowledge an open alert: somebody has seen it');
export const unacknowledge = act('unacknowledge', 'undo the acknowledgement of an alert');
export const mute = act('mute', 'send nothing about this problem for some time', {
  words: 'TIME',
  facts: ([time = '']) => ({ forMs: durationOf(time, 'TIME') }),
});
export const unmute = act('unmute', 'end the mute of an alert');
export const assign = act('assign', 'assign an open alert to a person; without NAME, to nobody', {
  words: '[NAME]',
  facts: ([to = null]) => ({ to }),
});
export const comment = act('comment', 'comment on an alert', {
  words: 'TEXT',
  facts: ([text]) => ({ comment: text as string }),
});
export const close = act('close', 'close an alert whose problem is not measured now');

/** One act. Apart from `comment`, each can have a comment. */
function act(
  name: AlertAct,
  summary: string,
  { words = '', facts = () => ({}) }: { words?: string; facts?: (words: readonly string[]) => ActFacts } = {},
): Command {
  const isOptional = words.startsWith('[');
  return {
    usage: `alerts ${name} ID${words && ` ${words}`}`,
    summary,
    words: words === '' ? [1, 1] : [isOptional ? 1 : 2, 2],
    options: {
      ...(name !== 'comment' && { comment: { value: 'TEXT', help: 'why' } }),
      ...serverOptions,
    },
    async run(call: Call) {
      const [id = '', ...rest] = call.words;
      const why = name === 'comment' ? undefined : call.text('comment');
      const body = { ...facts(rest), ...(why !== undefined && { comment: why }) };
      const file = await (await apiOf(call)).post<AlertFile>(at`/alerts/${id}/${name}`, body);
      if (call.is('json')) printJson(file);
      else process.stderr.write(`${plain(file.alert)} about ${plain(file.about)}: ${plain(stateOf(file))}\n`);
      return 0;
    },
  };
}

function stateOf({ resolvedAt, ending, acknowledged, assignee, muted }: ShownAlert): string {
  if (resolvedAt) return `ended ${resolvedAt}${ending ? ` (${ending})` : ''}`;
  const work = [
    acknowledged && `acknowledged by ${acknowledged.by}`,
    assignee && `assigned to ${assignee}`,
    muted && `muted until ${muted.until}`,
  ];
  return work.filter(Boolean).join(', ') || 'open';
}

function printFile(file: AlertFile): void {
  printLine(`${plain(file.severity)} ${plain(file.alert)} about ${plain(file.about)}`);
  printLine(`opened ${file.openedAt}, ${plain(stateOf(file))}`);
  for (const { act, at, by, comment, to, until } of file.acts) {
    const more = [to === undefined ? '' : (to ?? 'nobody'), until && `until ${until}`, comment];
    printLine(`${at}  ${plain(by)}  ${[act, ...more].filter(Boolean).map(plain).join('  ')}`);
  }
}
