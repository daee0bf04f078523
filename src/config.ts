import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { z } from 'zod';
import { ConfigError, type Given, type Misspelt, misspelt, readEnvironment } from './environment.ts';
import { faultOfTemplate } from './pictures/player-http.ts';
import { imageType } from './ports/image-type.ts';
import { parseRoles } from './protocol/role-rules.ts';

export { ConfigError } from './environment.ts';

/** Timers take at most a signed 32-bit number of milliseconds; a longer one would fire at once. */
const MAX_MS = 2_147_483_647;
/** Shorter admin tokens can be guessed. */
const MIN_ADMIN_TOKEN = 16;
const MAX_LOGO_BYTES = 262_144;
const POSTGRES = ['postgres:', 'postgresql:'];
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Schema and default of each environment variable. */
const variables = z.object({
  PORT: integer(0, 65_535).default(3001),
  HOST: text(/^[A-Za-z0-9._:%-]{1,255}$/, 'a host name or an IP address').default('0.0.0.0'),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: storeUrl(POSTGRES),
  REDIS_URL: storeUrl(['redis:', 'rediss:']),
  NODE_ID: text(/^[a-z0-9-]{1,32}$/, '1 to 32 of a-z 0-9 -').default(() => randomBytes(4).toString('hex')),
  ADMIN_TOKEN: token(),
  PLAYER_TOKEN: token(),
  PLAYER_TOKEN_GRACE_MS: integer(0, MAX_MS).default(604_800_000),
  METRICS_TOKEN: token(),
  DEVICE_AUTH: oneOf(['shared', 'provisioned']).default('shared'),
  STATE_INTERVAL_MS: integer(10, MAX_MS).default(30_000),
  WATCH_INTERVAL_MS: integer(10, MAX_MS).default(2_000),
  TICK_INTERVAL_MS: integer(10, MAX_MS).default(300_000),
  OFFLINE_GRACE_MS: integer(0, MAX_MS).default(15_000),
  COMMAND_TIMEOUT_MS: integer(1, 600_000).default(10_000),
  COMMAND_RETRIES: integer(0, 10).default(2),
  // The stream's heartbeats are sent with the batches, and are promised within 5 s (SPEC A1).
  STREAM_INTERVAL_MS: integer(1, 2_000).default(100),
  MAX_STATE_BYTES: integer(256, 16_777_216).default(262_144),
  MAX_MESSAGE_BYTES: integer(1_024, 104_857_600).default(5_000_000),
  PLAYER_HTTP: playerHttp(),
  MAX_DEVICES: integer(1, 1_000_000).default(20_000),
  ENROL_RATE: integer(1, 1_000_000).default(10),
  ENROL_BURST: integer(1, 1_000_000).default(500),
  PLAYER_RATE: integer(1, 1_000_000).default(50),
  PLAYER_BURST: integer(1, 1_000_000).default(500),
  DRAIN_MS: integer(100, 600_000).default(10_000),
  REBALANCE_AFTER_MS: integer(0, MAX_MS).default(60_000),
  KEEP_JOURNAL_DAYS: integer(1, 36_500).default(30),
  KEEP_COMMAND_DAYS: integer(1, 36_500).default(90),
  KEEP_AUDIT_DAYS: integer(1, 36_500).default(365),
  KEEP_STATISTICS_DAYS: integer(1, 36_500).default(400),
  KEEP_SNAPSHOTS: integer(1, 1_000_000).default(200),
  KEEP_SNAPSHOT_DAYS: integer(1, 36_500).default(30),
  LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
  TRANSPORT: oneOf(['uws', 'node']).default('uws'),
  TLS_KEY_FILE: readableFile(),
  TLS_CERT_FILE: readableFile(),
  BASE_PATH: basePath(),
  CORS_ORIGINS: origins(),
  TRUSTED_PROXIES: networks(),
  TICKING_PATHS: tickingPaths(),
  PUBLIC_URL: serverUrl(['http:', 'https:']),
  OIDC_ISSUER: issuer(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_NAME: z.string().max(64, 'must have at most 64 characters').optional(),
  OIDC_SCOPE: text(/^openid( |$)/, 'scopes that begin with openid').default('openid profile email'),
  OIDC_GROUPS_CLAIM: z.string().default('groups'),
  OIDC_ROLES: roleRules(),
  ALERTMANAGER_URL: serverUrl(['http:', 'https:']),
  ALERT_WEBHOOK_URL: serverUrl(['http:', 'https:']),
  COMPANY_NAME: text(/^.{1,100}$/, 'at most 100 characters').optional(),
  COMPANY_LOGO_FILE: logoFile(),
});

type Camel<Name> = Name extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<Camel<Tail>>}`
  : Name extends string
    ? Lowercase<Name>
    : never;
type Variables = z.output<typeof variables>;
/**
 * The validated environment: `STATE_INTERVAL_MS` becomes `stateIntervalMs`. Times in milliseconds, sizes in bytes.
 * Tokens, files and `tickingPaths` are undefined if not set; an empty `corsOrigins` means the same origin only.
 */
export type Config = { readonly [Name in keyof Variables as Camel<Name>]: Variables[Name] };

const NAMES = Object.keys(variables.shape);

/** Variables of this environment that look like ours but are not. */
export const misspeltVariables = (env: NodeJS.ProcessEnv): Misspelt[] => misspelt(env, NAMES);

/** The variables that are set, with values that are safe to print. */
export function settingsOf(env: NodeJS.ProcessEnv): { name: string; value: string; file: string | undefined }[] {
  const { values, files } = readEnvironment(env, NAMES);
  return NAMES.flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [{ name, value: printable(name, value), file: files.get(name) }];
  });
}

/** @throws ConfigError with all faults */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const environment = readEnvironment(env, NAMES);
  const { values: given, files } = environment;
  const parsed = variables.safeParse(given);
  const faults = new Map(environment.faults);
  const isSet = (name: string) => given[name] !== undefined || files.has(name);
  for (const { path, message } of parsed.error?.issues ?? []) {
    const name = String(path[0]);
    if (!faults.has(name)) faults.set(name, message);
  }
  for (const [one, other] of [
    ['TLS_KEY_FILE', 'TLS_CERT_FILE'],
    ['TLS_CERT_FILE', 'TLS_KEY_FILE'],
  ] as const) {
    if (given[other] && !given[one]) faults.set(one, `must be set together with ${other}, or neither of them`);
  }
  if (isSet('REDIS_URL') && !isSet('DATABASE_URL')) {
    faults.set('DATABASE_URL', 'must be set where REDIS_URL is: a file in DATA_DIR is for one instance only');
  }
  for (const name of isSet('REDIS_URL') ? ['ADMIN_TOKEN', 'PLAYER_TOKEN'] : []) {
    if (!isSet(name)) faults.set(name, 'must be set where REDIS_URL is, the same for every instance');
  }
  const oidc = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_ROLES', 'PUBLIC_URL'];
  if (Object.keys(given).some((name) => name.startsWith('OIDC_') && isSet(name))) {
    for (const name of oidc) if (!isSet(name)) faults.set(name, 'must be set to sign in at an identity provider');
  }
  const { ADMIN_TOKEN: admin } = given;
  if (admin && admin.length < MIN_ADMIN_TOKEN)
    faults.set('ADMIN_TOKEN', `must have at least ${MIN_ADMIN_TOKEN} characters`);
  if (admin && listOf(given.PLAYER_TOKEN ?? '').includes(admin)) {
    faults.set('ADMIN_TOKEN', 'must differ from PLAYER_TOKEN: every player would be an admin');
  }
  if (given.PLAYER_TOKEN && listOf(given.PLAYER_TOKEN).length === 0) faults.set('PLAYER_TOKEN', 'must hold a token');
  if (given.TLS_KEY_FILE && given.TLS_CERT_FILE && !faults.has('TLS_KEY_FILE') && !faults.has('TLS_CERT_FILE')) {
    for (const [name, fault] of tlsFaults(given.TLS_KEY_FILE, given.TLS_CERT_FILE)) faults.set(name, fault);
  }
  if (faults.size > 0 || !parsed.success) throw new ConfigError(describe(faults, environment));

  const config = Object.entries(parsed.data).map(([name, value]) => [camelCase(name), value] as const);
  return Object.freeze(Object.fromEntries(config)) as unknown as Config;
}

function describe(faults: ReadonlyMap<string, string>, { values, files }: Given): string {
  const lines = [...faults].map(([name, fault]) => {
    const file = files.get(name);
    if (file !== undefined) return `  ${name}_FILE=${JSON.stringify(file)}: ${fault}`;
    const value = values[name];
    const shown =
      value === undefined ? ' (unset)' : isSecret(name, value) ? ' (value not shown)' : `=${printable(name, value)}`;
    return `  ${name}${shown}: ${fault}`;
  });
  return `The configuration has ${lines.length === 1 ? 'a fault' : `${lines.length} faults`}:\n${lines.join('\n')}`;
}

/** Tokens, and URLs that may contain a password. They are hidden, because errors end up in logs. */
const isSecret = (name: string, value: string) => /_(TOKEN|URL|SECRET)$/.test(name) || /:\/\/[^/]*@/.test(value);

function printable(name: string, value: string): string {
  if (isSecret(name, value)) return '(not shown)';
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

function text(pattern: RegExp, allowed: string) {
  return z.string().regex(pattern, `must be ${allowed}`);
}

function integer(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,10}$/, { message, abort: true })
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

function oneOf<const Values extends readonly string[]>(values: Values) {
  return z.enum(values, `must be one of ${values.join(', ')}`);
}

/** Tokens are sent in HTTP headers, so they must be valid there. */
function token() {
  return text(/^[\x21-\x7e]{1,4096}$/, '1 to 4096 printable ASCII characters without spaces').optional();
}

function serverUrl(protocols: readonly string[]) {
  return z
    .string()
    .refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
      message: `must be a URL that begins with ${protocols.map((it) => `${it}//`).join(' or ')}`,
      abort: true,
    })
    .optional();
}

/** With a password. A "/", "?" or "#" in it would end the host: the log would then show parts of it as the place. */
function storeUrl(protocols: readonly string[]) {
  const encoded = 'special characters of a password are written as %40 for @, %2F for /, %3F for ?, %23 for #';
  const begin = protocols.map((it) => `${it}//`).join(' or ');
  return z
    .string()
    .refine(
      (value) => {
        if (!URL.canParse(value)) return false;
        const { protocol, pathname, search, hash } = new URL(value);
        return protocols.includes(protocol) && !`${pathname}${search}${hash}`.includes('@');
      },
      { message: `must be a URL that begins with ${begin}; ${encoded}`, abort: true },
    )
    .optional();
}

/** What is wrong with a URL of PostgreSQL. */
export function databaseUrlFault(value: string): string | undefined {
  return storeUrl(POSTGRES).safeParse(value).error?.issues[0]?.message;
}

function readableFile() {
  return z
    .string()
    .superRefine((path, context) => {
      try {
        readFileSync(path);
      } catch (error) {
        const why = (error as NodeJS.ErrnoException).code ?? 'unknown error';
        context.addIssue({ code: 'custom', message: `must be a file that can be read (${why})` });
      }
    })
    .optional();
}

/** It is on the page and in mails: a small image of a kind that is no program. */
function logoFile() {
  return readableFile().superRefine((path, context) => {
    if (path === undefined || context.issues.length > 0) return;
    const bytes = readFileSync(path);
    if (bytes.length <= MAX_LOGO_BYTES && imageType(bytes) !== undefined) return;
    context.addIssue({ code: 'custom', message: 'must be a PNG or JPEG image of at most 256 KiB' });
  });
}

function tlsFaults(keyFile: string, certFile: string): [name: string, fault: string][] {
  const [key, cert] = [readFileSync(keyFile), readFileSync(certFile)];
  const loads = (pair: SecureContextOptions): boolean => {
    try {
      createSecureContext(pair);
      return true;
    } catch {
      return false;
    }
  };
  if (!loads({ cert })) return [['TLS_CERT_FILE', 'must hold a certificate (PEM)']];
  if (!loads({ key })) return [['TLS_KEY_FILE', 'must hold a private key (PEM) without a passphrase']];
  return loads({ key, cert }) ? [] : [['TLS_KEY_FILE', 'must be the key of the certificate in TLS_CERT_FILE']];
}

/** URL template for screenshots that players keep themselves. */
function playerHttp() {
  return z
    .string()
    .superRefine((template, context) => {
      const fault = faultOfTemplate(template);
      if (fault) context.addIssue({ code: 'custom', message: fault });
    })
    .optional();
}

/** A path prefix without a trailing slash; empty for the root. */
function basePath() {
  return text(/^(\/[A-Za-z0-9._~-]+)*\/?$/, 'a path such as /signage')
    .default('/')
    .transform((path) => path.replace(/\/$/, ''));
}

/** `*` for all, or a list of origins such as `https://console.example.org`. */
function origins() {
  return z
    .string()
    .optional()
    .transform((value) => (value === '*' ? ('*' as const) : Object.freeze(listOf(value ?? ''))))
    .refine((value) => value === '*' || value.every(isOrigin), 'must be * or origins such as https://example.org');
}

function isOrigin(value: string): boolean {
  return URL.canParse(value) && /^https?:/.test(value) && new URL(value).origin === value;
}

/** Addresses and networks such as `10.0.0.0/8`. */
function networks() {
  return z
    .string()
    .default('')
    .transform((value): readonly string[] => Object.freeze(listOf(value)))
    .refine((networks) => networks.every(isNetwork), 'must be a list of addresses or networks such as 10.0.0.0/8');
}

function isNetwork(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  if (prefix === undefined) return bits > 0;
  return rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits;
}

/** If not set, only learnt ticking paths apply; see `src/fleet/ticking.ts`. */
function tickingPaths() {
  return z
    .string()
    .transform((value): readonly string[] => Object.freeze(listOf(value)))
    .refine(
      (paths) => paths.every((path) => /^!?[^/\s!]+(\/[^/\s]+)*$/.test(path)),
      'must be a list of section/key, */key or key, with ! before what never ticks',
    )
    .optional();
}

/** Over http, anybody on the way could sign in as anybody. */
function issuer() {
  const isOk = (value: string) => {
    if (!URL.canParse(value)) return false;
    const { protocol, hostname } = new URL(value);
    return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname));
  };
  return z.string().refine(isOk, 'must be a URL that begins with https:// (http:// for this machine only)').optional();
}

function roleRules() {
  return z
    .string()
    .transform((value, context) => {
      const rules = parseRoles(value);
      if (!rules) {
        const message = 'must be rules such as signage-admins=admin; cordoba=operator:Córdoba,Rosario; *=viewer';
        context.addIssue({ code: 'custom', message });
      }
      return rules ?? [];
    })
    .optional();
}

function listOf(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
