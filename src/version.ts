import { existsSync, readFileSync } from 'node:fs';

/** The version in package.json, which lies one folder further up for the built server. */
export function readVersion(): string {
  const file = ['../package.json', '../../package.json']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url));
  return file ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : 'unknown';
}
