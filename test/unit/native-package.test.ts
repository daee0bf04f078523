import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (file: string) => JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));

/** Native code of one publisher (README, "The native server"): whoever changes it changes it here, on purpose. */
test('I8 the package with the native server is the one that was chosen, by its hash, and runs nothing when installed', () => {
  expect(read('package.json').dependencies['uWebSockets.js']).toBe('npm:uwebsockets@3.0.6');
  const { version, integrity, hasInstallScript } = read('package-lock.json').packages['node_modules/uWebSockets.js'];
  expect({ version, integrity, hasInstallScript }).toEqual({
    version: '3.0.6',
    integrity: 'sha512-0Nw22DDOd1YGnJ8/IHYVCDHZXAVqLnjBxktl2bSjcJRVcgasb2Zs8WCRhL41IydraLLq001c6ycHdIS+rEcAxw==',
    hasInstallScript: undefined,
  });
});
