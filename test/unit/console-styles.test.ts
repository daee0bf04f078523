import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const folder = join(import.meta.dirname, '../../src/console');

test('the styles of the console take spaces, sizes of text and colours from tokens.css', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.css') && !name.endsWith('tokens.css'),
  );
  const own = files.flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter(
        (line) =>
          /^\s*(padding|margin|gap|row-gap|column-gap|font-size)[a-z-]*:[^;]*\drem/.test(line) ||
          /#[0-9a-f]{3,8}\b/i.test(line),
      )
      .filter((line) => !line.includes('clamp('))
      .map((line) => `${name}: ${line.trim()}`),
  );
  expect(files.length).toBeGreaterThan(20);
  expect(own).toEqual([]);
});
