import { parseArgs } from 'node:util';
import { defaultOptions, generations, type SimulatorOptions } from './simulator/options.ts';
import { isQuirk, type Quirk, quirks } from './simulator/quirks.ts';

export const HELP = `Simulated players that obey the player protocol and answer commands.

  vigia simulate --url http://localhost:3001 --devices 100 --rate 20

  --url URL          the server                                      http://localhost:3001
  --token TOKEN      the fleet's token; else PLAYER_TOKEN, else the one in DATA_DIR/secrets.json
  --devices N        how many players                                25
  --generation G     first, second: as they are in the field;        mixed
                     library: built with @vigia/client;
                     mixed: a third each
  --rate R           reports a second, of all players together that  each every 30 s
                     report by themselves (the second generation
                     does not); 0: only when asked, and library
                     players also after a command
  --groups A,B,…     groups, dealt out in turn                       lobby,canteen,window
  --prefix TEXT      ids are <prefix>-0001 and so on                 sim
  --seed N           the same seed, the same players                 1

Players in the field have quirks; these do too, but for those that you name:
  --without Q,…      all, or some of
${Object.entries(quirks)
  .map(([name, does]) => `      ${name.padEnd(15)} ${does}`)
  .join('\n')}

How they misbehave (all 0 unless said; chances are from 0 to 1):
  --silent P         chance that a command is carried out, but not answered
  --ignore P         chance that a command is neither carried out nor answered
  --slow MS          answers come so much later
  --drop P           chance that a player loses its connection within a minute
  --drift MS         clocks are wrong by up to so much, either way
  Library players take no part in --silent, --ignore and --drop: the library carries each
  command out once, always answers, and keeps its connection up by itself.

  --help             this text
`;

/** What is wrong with the command line, in one message. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** All but the token, which may come from elsewhere. */
export type CommandLine = Omit<SimulatorOptions, 'token'> & { token: string | undefined };

const text = { type: 'string' } as const;

/** @throws UsageError; returns undefined where only the help was asked for */
export function parseCommandLine(args: readonly string[]): CommandLine | undefined {
  const { values, given } = read(args);
  if (values.help) return undefined;
  const generation = values.generation ?? defaultOptions.generation;
  if (!isGeneration(generation)) throw wrong('generation', 'first, second, library or mixed');
  const devices = number(values, 'devices', 25, { min: 1, max: 100_000, whole: true });
  const rate = values.rate === undefined ? undefined : number(values, 'rate', 0, { min: 0, max: 1_000_000 });
  if (generation === 'second' && rate) {
    throw new UsageError(
      '--rate: the second generation reports only when asked; leave it out, or add another generation',
    );
  }
  const chance = (name: 'silent' | 'ignore' | 'drop') => {
    const value = number(values, name, defaultOptions[name], { min: 0, max: 1 });
    if (value === 0 || generation !== 'library') return value;
    throw new UsageError(
      `--${name}: the library does not let its players do that; leave it out, or add another generation`,
    );
  };
  const ms = (name: 'slow' | 'drift') =>
    number(values, name, defaultOptions[name], { min: 0, max: 86_400_000, whole: true });
  return {
    url: url(values.url ?? 'http://localhost:3001'),
    token: given('token'),
    devices,
    rate,
    generation,
    measureEveryMs: defaultOptions.measureEveryMs,
    without: without(values.without),
    groups: groups(values.groups),
    prefix: prefix(values.prefix),
    seed: number(values, 'seed', defaultOptions.seed, { min: 0, max: 2 ** 31, whole: true }),
    silent: chance('silent'),
    ignore: chance('ignore'),
    drop: chance('drop'),
    slow: ms('slow'),
    drift: ms('drift'),
  };
}

const isGeneration = (text: string): text is SimulatorOptions['generation'] =>
  text === 'mixed' || (generations as readonly string[]).includes(text);

function read(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        url: text,
        token: text,
        devices: text,
        rate: text,
        generation: text,
        groups: text,
        prefix: text,
        seed: text,
        without: text,
        silent: text,
        ignore: text,
        slow: text,
        drop: text,
        drift: text,
        help: { type: 'boolean', short: 'h' },
      },
    });
    return { values, given: (name: 'token') => values[name]?.trim() || undefined };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function number(
  values: Record<string, string | boolean | undefined>,
  name: string,
  otherwise: number,
  { min, max, whole = false }: { min: number; max: number; whole?: boolean },
): number {
  const value = values[name];
  if (value === undefined) return otherwise;
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  if (parsed >= min && parsed <= max && (!whole || Number.isInteger(parsed))) return parsed;
  throw wrong(name, `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`);
}

function url(value: string): string {
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return new URL(value).origin;
  throw wrong('url', 'an address such as http://localhost:3001');
}

function groups(value: string | undefined): readonly string[] {
  if (value === undefined) return defaultOptions.groups;
  const names = value.split(',').map((name) => name.trim());
  if (names.every((name) => name.length > 0 && name.length <= 256)) return names;
  throw wrong('groups', 'names, separated by commas');
}

function without(value: string | undefined): readonly Quirk[] {
  const names = value === undefined ? [] : value.split(',').map((name) => name.trim());
  if (names.includes('all')) return Object.keys(quirks).filter(isQuirk);
  if (names.every(isQuirk)) return names;
  throw wrong('without', `all, or some of ${Object.keys(quirks).join(', ')}`);
}

function prefix(value: string = defaultOptions.prefix): string {
  if (/^[A-Za-z0-9._:-]{1,100}$/.test(value)) return value;
  throw wrong('prefix', 'of A-Z a-z 0-9 . _ : - only');
}

const wrong = (name: string, allowed: string) => new UsageError(`--${name} must be ${allowed}`);
