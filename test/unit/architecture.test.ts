import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as fieldStates from '../support/field-states.ts';

/** The project's architecture rules, checked on the sources: imports between directories, purity of the core, length of files. */
const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * What each directory may import besides its own files: other directories, or single files. The files directly in src/
 * count as directories of their own.
 */
const allowed: Record<string, readonly string[]> = {
  machines: [],
  protocol: [
    'machines/policy.ts',
    'machines/on-air.ts',
    'machines/restriction.ts',
    'machines/desired-status.ts',
    'machines/rollout-status.ts',
  ],
  ports: ['protocol'],
  fleet: ['machines', 'protocol', 'ports'],
  stream: ['fleet', 'protocol', 'ports'],
  pictures: ['protocol', 'ports'],
  cluster: ['machines/membership.ts', 'machines/rebalance.ts', 'fleet', 'access/shared-tokens.ts', 'protocol', 'ports'],
  access: ['protocol', 'ports'],
  audit: ['protocol', 'ports'],
  desired: ['protocol', 'ports'],
  schedules: ['protocol', 'ports'],
  views: ['protocol', 'ports'],
  delivery: ['ports'],
  alerts: ['machines/reading.ts', 'machines/stability.ts', 'delivery', 'protocol', 'ports'],
  webhooks: ['delivery', 'protocol', 'ports'],
  reports: ['protocol', 'ports'],
  rollouts: ['machines/rollout.ts', 'machines/observation.ts', 'protocol', 'ports'],
  // Both share one port: sockets are signed in and served beside REST.
  gateway: [
    'machines/restriction.ts',
    'fleet',
    'access',
    'audit',
    'protocol',
    'ports',
    'stream/stream.ts',
    'http/routes.ts',
    'http/uws-adapter.ts',
    'http/probes.ts',
  ],
  http: ['fleet', 'access', 'audit', 'protocol', 'ports'],
  adapters: ['ports', 'protocol', 'access/tokens.ts'],
  client: ['protocol'],
  // The machines' structure, for diagrams, and their names; only types of the protocol.
  console: ['client', 'protocol', 'machines', 'ports/wall-time.ts'],
  // Its offline tools (backup, restore, moving to PostgreSQL, doctor) open the database themselves.
  // `vigia start` runs main.
  cli: ['machines', 'protocol', 'client', 'adapters', 'config.ts', 'environment.ts', 'version.ts', 'main.ts'],
  // The composition root, in parts.
  compose: ['*'],
  'config.ts': ['environment.ts', 'pictures/player-http.ts', 'ports/image-type.ts', 'protocol/role-rules.ts'],
  'environment.ts': ['protocol/edit-distance.ts'],
  'log.ts': [],
  'version.ts': [],
  'unexpected.ts': ['ports', 'adapters/clock.ts'],
  'server.ts': ['*'],
  'start.ts': ['*'],
  'main.ts': ['adapters/stop-signals.ts', 'start.ts'],
};

/** What everybody may import: the one reading of a state and the one table of intents, which are pure. */
const everyones: readonly string[] = ['machines/reading.ts', 'machines/state-sections.ts', 'machines/intents.ts'];

/** Files over the limit, each with the reason. */
const MAX_LINES = 400;
const longFiles: Record<string, string> = {
  'src/fleet/device-host.ts': 'all that reaches one device comes in here; what decides on it are files of their own',
};

interface Source {
  path: string;
  room: string;
  text: string;
  code: string;
  imports: string[];
}

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => posix.join(it.parentPath.slice(root.length), it.name));
}

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');

/** Static, dynamic and re-exported imports alike. */
function importsOf(code: string): string[] {
  const found = code.matchAll(
    /^(?:import|export|\})[^'"\n]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/gm,
  );
  return [...found].map((it) => (it[1] ?? it[2]) as string);
}

const sources: Source[] = ['machines', 'src']
  .flatMap(filesIn)
  .filter((path) => /\.(ts|js|mjs|tsx)$/.test(path))
  .map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const code = withoutComments(text);
    const [first, second] = path.split('/') as [string, string];
    return { path, room: first === 'src' ? second : first, text, code, imports: importsOf(code) };
  });

/** A file's path relative to the project without src/; undefined for a package. */
const target = ({ path }: Source, specifier: string) =>
  specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier).replace(/^src\//, '') : undefined;

const inRoom = (room: string) => sources.filter((it) => it.room === room);
const packagesOf = (it: Source) => it.imports.filter((specifier) => !specifier.startsWith('.'));
const linesWith = (found: Source[], pattern: RegExp) =>
  found.flatMap(({ path, code }) =>
    code.split('\n').flatMap((line) => (pattern.test(line) ? [`${path}: ${line.trim()}`] : [])),
  );

test('the import parser finds all imports', () => {
  const code = [
    "import a from 'a';",
    'import {',
    '  type B,',
    "} from 'b';",
    "import 'c';",
    "export { d } from 'd';",
    "export * from 'e';",
    "import type { F } from 'f';",
    "const g = await import('g');",
    "const fromNowhere = { from: 'x' };",
  ].join('\n');
  expect(importsOf(code)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  expect(importsOf(withoutComments("// import a from 'a';\n/* import 'b' */\nimport 'c';"))).toEqual(['c']);
  expect(sources.length).toBeGreaterThan(50);
});

describe('imports run one way: gateway, stream, http → fleet → machines', () => {
  test('every directory has its rule', () => {
    expect([...new Set(sources.map((it) => it.room))].filter((room) => !(room in allowed))).toEqual([]);
  });

  test.each(Object.keys(allowed))('%s imports only its own files and what its rule allows', (room) => {
    const may = allowed[room] as readonly string[];
    const wrong = inRoom(room).flatMap((source) =>
      source.imports.flatMap((specifier) => {
        const to = target(source, specifier);
        if (to === undefined) return [];
        const toRoom = to.split('/')[0] as string;
        const fine =
          toRoom === room || may.includes('*') || [...may, ...everyones].some((it) => it === toRoom || it === to);
        return fine ? [] : [`${source.path} → ${to}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test('only `vigia start` imports main, only main the start, and only the start the server', () => {
    const wrong = sources.flatMap((source) =>
      source.imports
        .map((specifier) => target(source, specifier))
        .filter(
          (to) =>
            (to === 'main.ts' && source.path !== 'src/cli/programs.ts') ||
            (to === 'start.ts' && source.path !== 'src/main.ts') ||
            (to === 'server.ts' && source.path !== 'src/start.ts'),
        )
        .map((to) => `${source.path} → ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  test('every import of a file names an existing one, with its extension', () => {
    const wrong = sources.flatMap((source) =>
      source.imports.flatMap((specifier) => {
        const to = target(source, specifier);
        if (to === undefined) return [];
        return existsSync(join(root, to)) || existsSync(join(root, 'src', to)) ? [] : [`${source.path} → ${specifier}`];
      }),
    );
    expect(wrong).toEqual([]);
  });
});

test('clients run in browsers: they import types, the protocol’s number and filters, the reading of states, and nothing of Node', () => {
  expect(inRoom('client').length).toBeGreaterThan(5);
  const own = inRoom('client').flatMap(({ path, code }) =>
    [...code.matchAll(/^(import|export)(?! type)[^;]*from '([^']+)'/gm)].map((it) => `${path} → ${it[2]}`),
  );
  // Only what Node alone can use may import from it, and nothing else imports that.
  const forNode = /^src\/client\/node\.ts → (node:fs|node:path|\.\/storage\.ts)$/;
  const browsers =
    / → (\.\/|\.\.\/\.\.\/machines\/reading\.ts$|socket\.io-client$|react$|\.\.\/protocol\/(version\.ts|filter\/))/;
  expect(own.filter((it) => !browsers.test(it) && !forNode.test(it))).toEqual([]);
  expect(own.filter((it) => it.endsWith(' → ./node.ts'))).toEqual([]);
});

test('clients use nothing that is newer than the browsers their README names', () => {
  const files = sources.filter(({ path }) =>
    /^src\/(client\/|protocol\/(filter\/|search\.ts))|^machines\/reading/.test(path),
  );
  expect(files.length).toBeGreaterThan(25);
  const tooNew =
    /\bURL\.canParse|\bAbortSignal\.|\bstructuredClone\(|\bObject\.(hasOwn|groupBy)\(|\.(at|findLast|findLastIndex|toSorted|toSpliced|toReversed)\(|\brandomUUID\(|\bPromise\.(any|try|withResolvers)|\(\?<[=!]/;
  expect(linesWith(files, tooNew)).toEqual([]);
});

describe('machines and fleet touch no clock, no random, no I/O', () => {
  test('machines import nothing but xstate', () => {
    expect(
      inRoom('machines')
        .flatMap(packagesOf)
        .filter((it) => it !== 'xstate'),
    ).toEqual([]);
  });

  test('fleet imports of Node nothing but node:crypto', () => {
    const wrong = inRoom('fleet')
      .flatMap(packagesOf)
      .filter((it) => it.startsWith('node:') && it !== 'node:crypto');
    expect(wrong).toEqual([]);
  });

  /** `clock.setTimeout(…)` is the port's; a bare `setTimeout(…)` is not. */
  const impure =
    /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bperformance\.|(?<![.\w])(setTimeout|setInterval)\s*\(|(?<![.\w])process\.|(?<![.\w])(fetch|require)\s*\(|\bconsole\./;

  test('the parser of impurities finds them, and nothing else', () => {
    const seen = ['Date.now()', 'new Date()', 'Math.random()', 'setTimeout(f, 1)', 'setInterval(f)', 'process.env'];
    expect(seen.filter((line) => !impure.test(line))).toEqual([]);
    const pure = ['clock.setTimeout(f, 1)', 'new Date(ms)', 'setTimeout: (fn, ms) => 1', 'this.#clock.now()'];
    expect(pure.filter((line) => impure.test(line))).toEqual([]);
  });

  test.each(['machines', 'fleet', 'alerts'])('%s: time, randomness and I/O enter only as events and ports', (room) => {
    expect(inRoom(room).length).toBeGreaterThan(3);
    expect(linesWith(inRoom(room), impure)).toEqual([]);
  });

  test('machines: no microtasks and immediates either, the statechart alone decides the order', () => {
    expect(linesWith(inRoom('machines'), /\b(setImmediate|queueMicrotask|Promise|async|await)\b/)).toEqual([]);
  });
});

describe('only machines/reading.ts names the keys of a state', () => {
  /** Besides it, who writes states may name their keys. */
  const mayName = /^(machines\/(reading|state-sections|player)\.ts$|src\/cli\/simulator\/)/;

  /** Keys without another meaning in this project. */
  const keys = [
    ...['vlc', 'vlcConfig', 'currentItem', 'currentMedia'],
    ...['activePlaylist', 'defaultPlaylist', 'playlistName', 'playlistPath', 'currentIndex', 'fileCount', 'lastLoaded'],
    ...['totalSpace', 'freeSpace', 'usedSpace', 'videosStats', 'videosDirectory', 'playlistDirectory'],
    ...['totalMem', 'freeMem', 'loadavg', 'netmask', 'nodeVersion'],
  ];
  /**
   * Keys that also have other meanings, detected by how they are read. `timestamp` is the message's, and `snapshot`, once
   * a picture is stored, the server's own: protocol/ describes both.
   */
  const ordinary = '(?:system|storage|app|playing|volume|fullscreen)';
  const named = new RegExp(
    [
      // The commands are named `vlc:play`.
      `\\b(?:${keys.join('|')})\\b(?!:[a-z])`,
      `\\bstate\\??\\.${ordinary}\\b`,
      `\\bstate\\[['"]`,
      `['"\`](?:system|storage|app)/`,
      `\\{[^{}]*\\b${ordinary}\\b[^{}]*\\}(?:: (?:State|JsonObject)\\b| = (?:\\w+\\.)*state\\b)`,
    ].join('|'),
  );

  test('the parser of keys finds them, and nothing else', () => {
    const seen = [
      ...['state.vlc', 'const { vlc } = state;', "x['vlc']", "'vlc/time'", 'vlc: {', 'it.currentItem', 'totalSpace'],
      ...['state.system', 'document.state?.storage', "state['app']", "'system/load'", '`storage/`'],
      ...['({ storage }: JsonObject) =>', 'const { system, app } = document.state;'],
    ];
    expect(seen.filter((line) => !named.test(line))).toEqual([]);
    const unseen = [
      ...["'vlc:play'", "'vlc:pause': z.object({})", 'state.timestamp', 'state.snapshot', 'reading.playlist'],
      ...['playback.fullscreen', 'const { volume } = document.playback;', 'app.get(path)', 'storage.blobs', 'stateOf'],
    ];
    expect(unseen.filter((line) => named.test(line))).toEqual([]);
  });

  test('it looks for the keys of fielded players', () => {
    const keysIn = (value: unknown): string[] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, it]) => [key, ...keysIn(it)])
        : [];
    const sent = new Set(keysIn(fieldStates));
    expect(keys.filter((key) => !sent.has(key))).toEqual([]);
  });

  test('no other file does', () => {
    const others = sources.filter(({ path }) => !mayName.test(path));
    expect(linesWith(others, named)).toEqual([]);
  });
});

describe('R10 one clock: durations use its `now()`, timestamps its `wall()`', () => {
  /** These run on other machines, or end before a clock step matters. */
  const others = /^(machines|src\/(console|cli|client))\//;
  const inside = sources.filter(({ path }) => !others.test(path) && path !== 'src/adapters/clock.ts');
  const otherClocks = /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.|\bhrtime\b|\bprocess\.uptime\b/;
  /** A `now()` time that is shown unchanged, or a timestamp that is compared with one. */
  const mixed = /\b(?:time|new Date)\([^()]*\bnow\(\)|\bnow\(\)[^;]*\bDate\.parse\b|\bDate\.parse\b[^;]*\bnow\(\)/;

  test('the parser of clocks finds them, and nothing else', () => {
    const seen = ['Date.now()', 'new Date()', 'performance.now()', 'process.hrtime.bigint()', 'process.uptime()'];
    expect(seen.filter((line) => !otherClocks.test(line))).toEqual([]);
    const confused = ['time(this.#clock.now())', 'new Date(clock.now())', 'clock.now() - Date.parse(since)'];
    expect(confused.filter((line) => !mixed.test(line))).toEqual([]);
    const fine = ['clock.now()', 'time(clock.wall())', 'new Date(ms)', 'clock.wall() - Date.parse(since)'];
    expect(fine.filter((line) => otherClocks.test(line) || mixed.test(line))).toEqual([]);
  });

  test('nothing reads another clock or confuses the two', () => {
    expect(linesWith(inside, otherClocks)).toEqual([]);
    expect(linesWith(inside, mixed)).toEqual([]);
  });
});

describe('a part gets its listeners when it is made', () => {
  /** The client libraries and what uses them have listeners that come and go; they unsubscribe. */
  const parts = sources.filter(({ path }) => path.startsWith('src/') && !/^src\/(client|console|cli)\//.test(path));

  /** A function in a field or variable that can be replaced: by its type, or by what it is at first. */
  const typed = /^\s*(?:let |#)(\w+)\??: [^=;[]*=>[^=;[]*(?:;| = )/;
  const placeholder = /^\s*(?:let |#)(\w+)(?:: [^=]*)? = (?:async )?\([^)]*\) => (?!\{$)/;
  /** Only what ends something comes once that is started. */
  const ending = /^(stop|end|hurry|resolve|reject)(?![a-z])/;
  const replaceable = (line: string) => {
    const [, name] = typed.exec(line) ?? placeholder.exec(line) ?? [];
    return name !== undefined && !ending.test(name);
  };

  /** A method that keeps a function, or an object of functions, that it was given. */
  function setters(code: string): string[] {
    const methods = code.matchAll(
      /^ {2}(?!constructor\b)(?:async |static |override )*([#\w]+)\((.*)\)[^\n{]*\{\n([\s\S]*?)^ {2}\}/gm,
    );
    return [...methods].flatMap(([, name = '', params = '', body = '']) => {
      const given = params.matchAll(/(\w+)\??: (?:\([^()]*\) =>|\w*(?:Listeners?|Handlers?|Receiver|Router)\b)/g);
      return [...given].some(([, param]) => new RegExp(`this\\.#?\\w+ = ${param};`).test(body)) ? [name] : [];
    });
  }

  test('the reader of listeners sees them, and nothing else', () => {
    const seen = [
      '  #changed: () => void = () => {};',
      '  #publish: (change: TokenChange) => void;',
      '  let onMessage: (message: unknown) => void = () => {};',
      '  #lapsed = async () => {};',
    ];
    expect(seen.filter((line) => !replaceable(line))).toEqual([]);
    const fine = [
      '  readonly #changed: () => void;',
      '  const send = () => {};',
      '  #stopTicks = () => {};',
      '  let end = () => {};',
      '  #waiting = new Map<string, (() => void)[]>();',
      '  #items: (() => void)[] = [];',
      '  #heartbeat = (): void => {',
    ];
    expect(fine.filter(replaceable)).toEqual([]);
    const method = (head: string, body: string) => `class A {\n  ${head} {\n    ${body}\n  }\n}\n`;
    expect(setters(method('onChange(listener: (id: string) => void): void', 'this.#changed = listener;'))).toEqual([
      'onChange',
    ]);
    expect(setters(method('routeBy(router: CommandRouter): void', 'this.#router = router;'))).toEqual(['routeBy']);
    expect(setters(method('constructor(changed: () => void)', 'this.#changed = changed;'))).toEqual([]);
    expect(setters(method('seen(at: number): void', 'this.#at = at;'))).toEqual([]);
  });

  test('none is set later', () => {
    const lines = parts.flatMap(({ path, code }) => code.split('\n').map((line) => ({ path, line })));
    expect(lines.filter(({ line }) => replaceable(line))).toEqual([]);
    expect(parts.flatMap(({ path, code }) => setters(code).map((name) => `${path}: ${name}`))).toEqual([]);
  });
});

test('nothing sends a request to all instances: one that does not answer would delay it', () => {
  expect(linesWith(sources, /\b(fetchSockets|allRooms|serverSideEmit\w*)\b/)).toEqual([]);
});

test(`a source file has at most ${MAX_LINES} lines, except those with a reason`, () => {
  const long = sources.filter(({ text }) => text.trimEnd().split('\n').length > MAX_LINES).map(({ path }) => path);
  expect(long.filter((path) => !(path in longFiles))).toEqual([]);
  expect(
    Object.keys(longFiles).filter((path) => !long.includes(path)),
    'no exception any more',
  ).toEqual([]);
});

test('a composition file has at most 150 lines', () => {
  const long = inRoom('compose').filter(({ text }) => text.trimEnd().split('\n').length > 150);
  expect(long.map(({ path }) => path)).toEqual([]);
});

test('no file refers to the machine where it was written', () => {
  // Split, so that this file does not match itself.
  const told = new RegExp(`${['\\.\\.', 'shared'].join('\\/')}\\b|(?<![\\w.])${['', 'work'].join('\\/')}(?![\\w-])`);
  expect(told.test(`see ${['..', 'shared', 'x.md'].join('/')}`)).toBe(true);
  expect(told.test(`cd ${['', 'work', 'main'].join('/')}`)).toBe(true);
  expect(told.test('.github/workflows, ./work/x')).toBe(false);

  const ignored = readFileSync(join(root, '.gitignore'), 'utf8')
    .split('\n')
    .map((line) => line.replace(/\/$/, ''));
  const outside = new Set(['.git', ...ignored]);
  const wrong = readdirSync(root, { withFileTypes: true })
    .filter(({ name }) => !outside.has(name))
    .flatMap((it) => (it.isDirectory() ? filesIn(it.name) : [it.name]))
    .filter((path) => told.test(readFileSync(join(root, path), 'latin1')));
  expect(wrong).toEqual([]);
});
