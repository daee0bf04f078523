#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { type Call, CliError, type Command, type Option, usageError } from './operator/command.ts';
import { programs } from './programs.ts';

/** Loaded on demand: most calls need only one. */
const commands: Record<string, () => Promise<Command>> = {
  'devices list': async () => (await import('./operator/devices.ts')).list,
  'devices show': async () => (await import('./operator/devices.ts')).show,
  'devices watch': async () => (await import('./operator/devices.ts')).watch,
  'devices block': async () => (await import('./operator/blocks.ts')).block,
  'devices unblock': async () => (await import('./operator/blocks.ts')).unblock,
  'devices unrestrict': async () => (await import('./operator/unrestrict.ts')).unrestrict,
  'devices blocked': async () => (await import('./operator/blocks.ts')).blocked,
  'devices pair': async () => (await import('./operator/pair.ts')).pair,
  'devices remove': async () => (await import('./operator/blocks.ts')).remove,
  send: async () => (await import('./operator/send.ts')).send,
  'rollout start': async () => (await import('./operator/rollouts.ts')).start,
  'rollout list': async () => (await import('./operator/rollouts.ts')).list,
  'rollout show': async () => (await import('./operator/rollouts.ts')).show,
  'rollout pause': async () => (await import('./operator/rollouts.ts')).pause,
  'rollout resume': async () => (await import('./operator/rollouts.ts')).resume,
  'rollout cancel': async () => (await import('./operator/rollouts.ts')).cancel,
  'desired set': async () => (await import('./operator/desired.ts')).set,
  'desired clear': async () => (await import('./operator/desired.ts')).clear,
  'desired show': async () => (await import('./operator/desired.ts')).show,
  'desired list': async () => (await import('./operator/desired.ts')).list,
  'schedule list': async () => (await import('./operator/schedule.ts')).list,
  'schedule add': async () => (await import('./operator/schedule.ts')).add,
  'schedule pause': async () => (await import('./operator/schedule.ts')).pause,
  'schedule resume': async () => (await import('./operator/schedule.ts')).resume,
  'schedule remove': async () => (await import('./operator/schedule.ts')).remove,
  'schedule runs': async () => (await import('./operator/schedule.ts')).runs,
  'alerts list': async () => (await import('./operator/alerts.ts')).list,
  'alerts show': async () => (await import('./operator/alerts.ts')).show,
  'alerts acknowledge': async () => (await import('./operator/alerts.ts')).acknowledge,
  'alerts unacknowledge': async () => (await import('./operator/alerts.ts')).unacknowledge,
  'alerts mute': async () => (await import('./operator/alerts.ts')).mute,
  'alerts unmute': async () => (await import('./operator/alerts.ts')).unmute,
  'alerts assign': async () => (await import('./operator/alerts.ts')).assign,
  'alerts comment': async () => (await import('./operator/alerts.ts')).comment,
  'alerts close': async () => (await import('./operator/alerts.ts')).close,
  'tokens list': async () => (await import('./operator/tokens.ts')).list,
  'tokens create': async () => (await import('./operator/tokens.ts')).create,
  'tokens revoke': async () => (await import('./operator/tokens.ts')).revoke,
  'sessions list': async () => (await import('./operator/sessions.ts')).list,
  'sessions end': async () => (await import('./operator/sessions.ts')).end,
  'webhooks list': async () => (await import('./operator/webhooks.ts')).list,
  'webhooks create': async () => (await import('./operator/webhooks.ts')).create,
  'webhooks set': async () => (await import('./operator/webhooks.ts')).set,
  'webhooks secret': async () => (await import('./operator/webhooks.ts')).secret,
  'webhooks remove': async () => (await import('./operator/webhooks.ts')).remove,
  'webhooks test': async () => (await import('./operator/webhooks.ts')).test,
  'webhooks deliveries': async () => (await import('./operator/webhooks.ts')).deliveries,
  history: async () => (await import('./operator/past.ts')).history,
  stats: async () => (await import('./operator/stats.ts')).stats,
  report: async () => (await import('./operator/report.ts')).report,
  audit: async () => (await import('./operator/past.ts')).audit,
  export: async () => (await import('./operator/past.ts')).exportAll,
  backup: async () => (await import('./operator/backup.ts')).backup,
  restore: async () => (await import('./operator/backup.ts')).restoreFrom,
  'check-config': async () => (await import('./operator/check-config.ts')).checkConfig,
  doctor: async () => (await import('./operator/doctor.ts')).doctor,
  'migrate-to': async () => (await import('./operator/backup.ts')).migrateTo,
};

const [first = ''] = process.argv.slice(2);
const program = Object.hasOwn(programs, first) ? programs[first] : undefined;
if (program && !program.isHelp(process.argv)) {
  // It reads its own options.
  process.argv.splice(2, 1);
  await program.run();
} else {
  // The reader may stop early: `vigia audit | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  process.exitCode = await main(process.argv.slice(2)).catch(report);
}

async function main(args: string[]): Promise<number> {
  if (program) {
    process.stdout.write(`vigia ${program.usage}\n\n${program.summary}\n`);
    return 0;
  }
  if (args.length === 1 && args[0] === '--version') {
    process.stdout.write(`${(await import('../version.ts')).readVersion()}\n`);
    return 0;
  }
  const found = find(args);
  if (!found) {
    const [first] = args.filter((arg) => !arg.startsWith('-'));
    const words = args.slice(0, 2);
    if (first === undefined && (args.length === 0 || args.some((arg) => arg === '--help' || arg === '-h'))) {
      process.stdout.write(await overview());
      return args.length === 0 ? 2 : 0;
    }
    const group = Object.keys(commands).filter((name) => name.startsWith(`${first} `));
    if (group.length > 0 && args.length === 2 && /^(--help|-h)$/.test(args[1] as string)) {
      process.stdout.write(`${await lines(group.map((name) => commands[name] as () => Promise<Command>))}\n`);
      return 0;
    }
    const near = Object.keys(commands).filter((name) => name.split(' ').some((word) => words.includes(word)));
    const hint = near.length > 0 ? `Did you mean ${orOf(near)}?` : 'vigia --help lists all commands.';
    throw usageError(`Unknown command "vigia ${words.join(' ')}". ${hint}`);
  }
  const command = await found.load();
  const { values, positionals } = parse(command, found.rest);
  if (values.help) {
    process.stdout.write(helpOf(command));
    return 0;
  }
  const [least, most] = command.words ?? [0, 0];
  if (positionals.length < least || positionals.length > most) throw usageError(`Usage: vigia ${command.usage}`);
  return command.run(callOf(positionals, values));
}

function orOf(names: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(names);
}

/** Finds the command by the first one or two words. */
function find(args: string[]): { load: () => Promise<Command>; rest: string[] } | undefined {
  for (const words of [2, 1]) {
    const name = args.slice(0, words).join(' ');
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (load && args.length >= words) return { load, rest: args.slice(words) };
  }
  return undefined;
}

type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;

function parse(command: Command, args: string[]): { values: Values; positionals: string[] } {
  const options = Object.entries(command.options ?? {}).map(([name, { value, multiple = false }]) => {
    return [name, { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple }] as const;
  });
  const help = { type: 'boolean' as const, short: 'h' };
  try {
    return parseArgs({ args, options: { ...Object.fromEntries(options), help }, allowPositionals: true });
  } catch (error) {
    throw usageError(`${(error as Error).message.split('.')[0]}. See vigia ${nameOf(command)} --help.`);
  }
}

function callOf(words: readonly string[], values: Values): Call {
  const texts = (name: string) => [values[name] ?? []].flat().filter((it) => typeof it === 'string');
  return { words, texts, text: (name) => texts(name)[0], is: (name) => values[name] === true };
}

async function overview(): Promise<string> {
  const all = await lines([...Object.values(programs).map((it) => async () => it), ...Object.values(commands)]);
  return `vigia COMMAND [options]\n\n${all}\n\nEvery command has its own --help. vigia --version prints the version.\n`;
}

/** One line per command. */
async function lines(some: (() => Promise<Pick<Command, 'usage' | 'summary'>>)[]): Promise<string> {
  const all = await Promise.all(some.map((load) => load()));
  const width = Math.max(...all.map(({ usage }) => usage.length));
  return all.map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`).join('\n');
}

function helpOf({ usage, summary, details, options = {} }: Command): string {
  const flag = (name: string, { value }: Option) => `--${name}${value === undefined ? '' : ` ${value}`}`;
  const width = Math.max(0, ...Object.entries(options).map(([name, option]) => flag(name, option).length));
  const lines = Object.entries(options).map(([name, it]) => `  ${flag(name, it).padEnd(width)}  ${it.help}`);
  const more = details ? `\n${details}\n` : '';
  return `vigia ${usage}\n\n${summary}\n${more}${lines.length > 0 ? `\n${lines.join('\n')}\n` : ''}`;
}

/** The command's name: one or two words. */
function nameOf({ usage }: Command): string {
  return Object.keys(commands).find((name) => usage === name || usage.startsWith(`${name} `)) ?? usage;
}

/** Known errors take one line; others are bugs and include the stack. */
function report(error: unknown): number {
  const { name, message, stack, remedy } = error as Error & { remedy?: string };
  if (error instanceof CliError) {
    process.stderr.write(`${message}\n`);
    return error.exitCode;
  }
  const isKnown = name === 'ClientError' || name === 'ConfigError';
  const text = [message, remedy].filter(Boolean).join(' ');
  process.stderr.write(isKnown ? `${text}\n` : `vigia failed: ${stack ?? message}\n`);
  return 1;
}
