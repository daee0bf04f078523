#!/usr/bin/env node
// Packs what `npm run build` made as two npm packages, and prints the paths of the archives.
//   node scripts/pack-packages.mjs [FOLDER]     FOLDER: dist/packages, if not given
// @vigia/client: the libraries for admins and players. @vigia/server: the server and the command `vigia`.
// A package holds what its entries import, and nothing else.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, 'dist/packages'));
const json = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const own = json('package.json');
const common = { version: own.version, license: own.license, type: 'module', engines: own.engines };

const entries = ['index', 'admin', 'player', 'node', 'react', 'rest'];
const client = {
  name: '@vigia/client',
  ...common,
  description: 'Watch and control fleets of screens with a vigia server: libraries for admin apps and for players',
  sideEffects: false,
  exports: Object.fromEntries(
    entries.map((it) => [
      it === 'index' ? '.' : `./${it}`,
      { types: `./src/client/${it}.d.ts`, default: `./src/client/${it}.js` },
    ]),
  ),
  dependencies: pick(own.dependencies, ['fast-json-patch', 'socket.io-client']),
  // For @vigia/client/react alone.
  peerDependencies: { react: '>=18' },
  peerDependenciesMeta: { react: { optional: true } },
};
const server = {
  name: '@vigia/server',
  ...common,
  description: own.description,
  bin: { vigia: 'dist/src/cli/vigia.js' },
  dependencies: own.dependencies,
};

const archives = [
  pack(client, (into) => {
    const files = entries.flatMap((it) => [`src/client/${it}.js`, `src/client/${it}.d.ts`]);
    copyWithImports(files, into, client);
    cpSync(join(root, 'src/client/README.md'), join(into, 'README.md'));
  }),
  pack(server, (into) => {
    copyWithImports(['src/main.js', 'src/cli/vigia.js'], join(into, 'dist'), server);
    cpSync(join(root, 'dist/console'), join(into, 'dist/console'), { recursive: true });
    cpSync(join(root, 'README.md'), join(into, 'README.md'));
    // The versions that were tested, also of what the dependencies need.
    writeJson(join(into, 'npm-shrinkwrap.json'), lockOf(server));
  }),
];
process.stdout.write(`${archives.join('\n')}\n`);

function pack(manifest, fill) {
  const into = join(folder, manifest.name.split('/')[1]);
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  fill(into);
  writeJson(join(into, 'package.json'), manifest);
  cpSync(join(root, 'LICENSE'), join(into, 'LICENSE'));
  const options = ['--silent', '--ignore-scripts', '--pack-destination', folder];
  const archive = execFileSync('npm', ['pack', ...options], { cwd: into, encoding: 'utf8' }).trim();
  return join(folder, archive);
}

/** Copies files of dist/ and what they import. Throws if they import a package that is no dependency. */
function copyWithImports(files, into, { dependencies, peerDependencies = {} }) {
  const found = new Set(files);
  for (const file of found) {
    const path = join(root, 'dist', file);
    if (!existsSync(path)) throw new Error(`${path} is missing. Run npm run build first.`);
    const isTypes = file.endsWith('.d.ts');
    // Source maps stay here; in types, the compiler leaves the endings of the sources.
    const text = readFileSync(path, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
    const code = isTypes ? text.replace(/(['"]\.[^'"]+)\.tsx?(['"])/g, '$1.js$2') : text;
    for (const specifier of importsOf(code)) {
      if (specifier.startsWith('.')) {
        const target = posix.join(posix.dirname(file), specifier);
        found.add(isTypes ? target.replace(/\.js$/, '.d.ts') : target);
      } else if (!specifier.startsWith('node:')) {
        const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
        if (!(name in { ...dependencies, ...peerDependencies })) throw new Error(`${file} imports ${name}`);
      }
    }
    const to = join(into, file);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, code);
  }
}

/** Imports of all kinds, and files beside the code such as a worker's. */
function importsOf(text) {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
  const found = code.matchAll(
    /(?:^|[;}\s])(?:import|export)\b[^'";()]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]|new URL\(\s*['"](\.[^'"]+\.m?js)['"]/g,
  );
  return [...found].map((it) => it[1] ?? it[2] ?? it[3]);
}

/** The part of the repository's lock file that is no development dependency. */
function lockOf({ name, version, license, dependencies, bin, engines }) {
  const { packages, ...lock } = json('package-lock.json');
  const used = Object.entries(packages).filter(([path, it]) => path !== '' && !it.dev);
  const self = { name, version, license, dependencies, bin, engines };
  return { ...lock, name, version, packages: { '': self, ...Object.fromEntries(used) } };
}

function pick(all, names) {
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
