import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build as bundle, type Plugin } from 'esbuild';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Native, or loaded on demand only. */
const EXTERNAL = [
  'uWebSockets.js',
  'libsql',
  'pg',
  'sharp',
  'pino',
  'pino-pretty',
  'nodemailer',
  'openid-client',
  '@opentelemetry/*',
];

/** Code finds its files relative to its own path. */
const keepPaths: Plugin = {
  name: 'keep-paths',
  setup({ onLoad }) {
    onLoad({ filter: /\/dist\/.*\.js$/ }, async ({ path }) => {
      const code = await readFile(path, 'utf8');
      return { contents: code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)) };
    });
  },
};

/**
 * Tests run the built server. It is built once before them, and then bundled into one file: they start hundreds of
 * servers, and loading a thousand files takes half of the time of a start.
 */
export default async function build(): Promise<void> {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  await bundle({
    entryPoints: [at('dist/src/main.js')],
    outfile: at('dist/test/server.js'),
    bundle: true,
    minifyWhitespace: true,
    platform: 'node',
    format: 'esm',
    external: EXTERNAL,
    plugins: [keepPaths],
    // For bundled CommonJS modules.
    banner: {
      js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
    },
    logLevel: 'warning',
  });
}
