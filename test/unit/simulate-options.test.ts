import { describe, expect, it } from 'vitest';
import { HELP, parseCommandLine, UsageError } from '../../src/cli/simulate-options.ts';
import { defaultOptions } from '../../src/cli/simulator/options.ts';
import { quirks } from '../../src/cli/simulator/quirks.ts';

describe('the command line of simulate', () => {
  it('without options: 25 players of all kinds that behave correctly', () => {
    expect(parseCommandLine([])).toEqual({
      ...defaultOptions,
      url: 'http://localhost:3001',
      token: undefined,
      devices: 25,
      rate: undefined,
    });
  });

  it('takes all options', () => {
    const line =
      '--url https://vigia.example/x --token t --devices 9 --rate 0 --generation second --without cache,busy-vlc --groups a,b --prefix load-1 --seed 4 ' +
      '--silent 0.1 --ignore 1 --slow 250 --drop 0.5 --drift 90000';
    expect(parseCommandLine(line.split(' '))).toEqual({
      url: 'https://vigia.example',
      token: 't',
      devices: 9,
      rate: 0,
      generation: 'second',
      measureEveryMs: 30_000,
      without: ['cache', 'busy-vlc'],
      groups: ['a', 'b'],
      prefix: 'load-1',
      seed: 4,
      silent: 0.1,
      ignore: 1,
      slow: 250,
      drop: 0.5,
      drift: 90_000,
    });
  });

  it('the second generation has no rate of its own', () => {
    expect(parseCommandLine(['--generation', 'second', '--rate', '0'])).toMatchObject({ rate: 0 });
    expect(() => parseCommandLine(['--generation', 'second', '--rate', '5'])).toThrow(UsageError);
  });

  it('quirks are disabled by their names, or all of them', () => {
    expect(parseCommandLine(['--without', 'all'])?.without).toEqual(Object.keys(quirks));
    expect(() => parseCommandLine(['--without', 'caches'])).toThrow(/^--without must be all, or some of placeholder, /);
    for (const name of Object.keys(quirks)) expect(HELP).toContain(`      ${name} `);
  });

  it('library players report by themselves; behaviours that the library does not support are refused', () => {
    expect(
      parseCommandLine(['--generation', 'library', '--rate', '2.5', '--slow', '9', '--silent', '0']),
    ).toMatchObject({
      generation: 'library',
      rate: 2.5,
      slow: 9,
    });
    for (const name of ['--silent', '--ignore', '--drop']) {
      expect(() => parseCommandLine(['--generation', 'library', name, '0.1'])).toThrow(new RegExp(`^${name}:`));
      expect(parseCommandLine(['--generation', 'mixed', name, '0.1'])).toBeDefined();
    }
  });

  it.each([
    [['--devices', '0'], '--devices'],
    [['--devices', '2.5'], '--devices'],
    [['--devices', ''], '--devices'],
    [['--rate=-1'], '--rate'],
    [['--rate', 'Infinity'], '--rate'],
    [['--silent', '1.5'], '--silent'],
    [['--drop', 'often'], '--drop'],
    [['--slow=-5'], '--slow'],
    [['--generation', '1'], '--generation'],
    [['--without', ''], '--without'],
    [['--url', 'localhost:3001'], '--url'],
    [['--groups', 'a,,b'], '--groups'],
    [['--prefix', 'a b'], '--prefix'],
    [['--speed', '3'], '--speed'],
    [['fast'], 'fast'],
    [['--rate'], '--rate'],
  ])('%j is refused, and the message names it', (args, named) => {
    const parse = () => parseCommandLine(args);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(named);
  });

  it('--help lists every option', () => {
    expect(parseCommandLine(['--help'])).toBeUndefined();
    for (const name of ['url', 'token', 'devices', 'rate', ...Object.keys(defaultOptions)].filter(
      (it) => it !== 'measureEveryMs',
    )) {
      expect(HELP).toContain(`--${name} `);
    }
  });
});
