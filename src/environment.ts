import { readFileSync } from 'node:fs';
import { editDistance } from './protocol/edit-distance.ts';

/** All faults of the environment, one line per variable. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Variables that `<NAME>_FILE` can set: secrets, and the log level, which SIGHUP changes. */
const FROM_FILES = [
  'ADMIN_TOKEN',
  'PLAYER_TOKEN',
  'METRICS_TOKEN',
  'DATABASE_URL',
  'REDIS_URL',
  'OIDC_CLIENT_SECRET',
  'ALERTMANAGER_URL',
  'ALERT_WEBHOOK_URL',
  'LOG_LEVEL',
  // Of the operators' tool.
  'VIGIA_TOKEN',
];

export interface Given {
  /** Values by name; empty ones are unset. */
  values: Record<string, string | undefined>;
  /** The files that values come from. */
  files: ReadonlyMap<string, string>;
  /** Faults of `_FILE` variables, by the name of the value. */
  faults: ReadonlyMap<string, string>;
}

/** The values of these variables, from the environment or from the files that it names. */
export function readEnvironment(env: NodeJS.ProcessEnv, names: readonly string[]): Given {
  const textOf = (name: string) => env[name]?.trim() || undefined;
  const values: Given['values'] = Object.fromEntries(names.map((name) => [name, textOf(name)]));
  const files = new Map<string, string>();
  const faults = new Map<string, string>();
  for (const name of FROM_FILES.filter((it) => names.includes(it))) {
    const path = textOf(`${name}_FILE`);
    if (path === undefined) continue;
    files.set(name, path);
    if (values[name] !== undefined) {
      faults.set(name, `must not be set together with ${name}`);
      continue;
    }
    try {
      values[name] = readFileSync(path, 'utf8').trim() || undefined;
      if (values[name] === undefined) faults.set(name, `must be a file that contains ${name}; this one is empty`);
    } catch (error) {
      faults.set(name, `must be a file that can be read (${(error as NodeJS.ErrnoException).code})`);
    }
  }
  return { values, files, faults };
}

/**
 * One value, from the environment or from the file that it names.
 * @throws ConfigError if the file cannot be read
 */
export function environmentValue(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const { values, files, faults } = readEnvironment(env, [name]);
  if (faults.size > 0) throw new ConfigError(`${name}_FILE=${files.get(name)}: ${faults.get(name)}`);
  return values[name];
}

export interface Misspelt {
  name: string;
  nearest: string;
}

/** Variables that look like ours but are not, each with the nearest name. */
export function misspelt(env: NodeJS.ProcessEnv, names: readonly string[]): Misspelt[] {
  const known = new Set([...names, ...FROM_FILES.map((name) => `${name}_FILE`), 'VIGIA_URL', 'VIGIA_TOKEN']);
  return Object.keys(env).flatMap((name) => {
    if (known.has(name) || isOfOthers(name, env[name])) return [];
    const nearest = nearestOf(name, [...known]);
    return nearest === undefined ? [] : [{ name, nearest }];
  });
}

/** Of other programs, and similar only by chance. */
const OTHERS = ['SSL_CERT_FILE', 'NODE_IP'];
/** Kubernetes describes a service named `vigia` to each pod by these. */
const isOfOthers = (name: string, value = '') =>
  OTHERS.includes(name) || /_SERVICE_(HOST|PORT)|_PORT_\d+_/.test(name) || /^tcp:\/\//.test(value);

function nearestOf(name: string, known: readonly string[]): string | undefined {
  const upper = name.toUpperCase().replaceAll('-', '_');
  const bare = upper.replace(/^VIGIA_/, '').replace(/_FILE$/, '');
  const near = known
    .map((it) => ({ it, far: Math.min(editDistance(upper, it), editDistance(bare, it)) }))
    .sort((a, b) => a.far - b.far);
  // In short names, two different letters are another word: HOME is not HOST.
  const isOurs = near.some(({ it, far }) => far <= (it.length < 8 ? 1 : 2) || sharesWords(bare, it));
  return isOurs ? near[0]?.it : undefined;
}

/** `STATE_INTERVAL` and `STATE_INTERVAL_MS`: one continues the other. */
function sharesWords(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.includes('_') && long.startsWith(`${short}_`);
}
