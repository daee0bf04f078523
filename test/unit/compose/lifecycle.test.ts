import { describe, expect, test } from 'vitest';
import { Lifecycle, running } from '../../../src/compose/lifecycle.ts';

/** Parts that record their calls. */
function parts() {
  const said: string[] = [];
  const part = (name: string, fails: 'start' | 'stop' | 'never' = 'never') => {
    const on = (what: 'start' | 'stop') => async () => {
      await new Promise(setImmediate);
      if (fails === what) throw new Error(`${name} does not ${what}`);
      said.push(`${what} ${name}`);
    };
    return { name, start: on('start'), stop: on('stop') };
  };
  return { said, part };
}

describe('R12 parts start in order and stop in the reverse order', () => {
  test('each is started before the next one, and stopped before the previous one', async () => {
    const { said, part } = parts();
    const server = await running(async (life) => {
      const one = await life.start(part('one'));
      const two = await life.open(Promise.resolve(part('two')), (it) => it.stop());
      await life.start({ stop: part('three').stop });
      return { names: [one.name, two.name] };
    });
    expect(server.names).toEqual(['one', 'two']);
    expect(said).toEqual(['start one']);
    await server.stop();
    expect(said).toEqual(['start one', 'stop three', 'stop two', 'stop one']);
    await server.stop();
    expect(said).toHaveLength(4);
  });

  test.each([0, 1, 2, 3])(
    'the started parts are stopped when step %i fails, and its error is kept',
    async (failing) => {
      const { said, part } = parts();
      const names = ['a', 'b', 'c', 'd'];
      const starting = running(async (life) => {
        for (const [i, name] of names.entries()) await life.start(part(name, i === failing ? 'start' : 'never'));
        return {};
      });
      await expect(starting).rejects.toThrow(`${names[failing]} does not start`);
      const started = names.slice(0, failing);
      expect(said).toEqual([...started.map((it) => `start ${it}`), ...started.reverse().map((it) => `stop ${it}`)]);
    },
  );

  test('code between the steps may fail, too, and a failure to stop does not hide the reason', async () => {
    const { said, part } = parts();
    const starting = running(async (life) => {
      await life.start(part('one'));
      await life.start(part('two', 'stop'));
      throw new Error('the port is in use');
    });
    await expect(starting).rejects.toThrow('the port is in use');
    expect(said).toEqual(['start one', 'start two', 'stop one']);
  });

  test('a part that fails to stop does not keep others running', async () => {
    const { said, part } = parts();
    const life = new Lifecycle();
    for (const [name, fails] of [
      ['one', 'never'],
      ['two', 'stop'],
      ['three', 'stop'],
      ['four', 'never'],
    ] as const)
      await life.start(part(name, fails));
    await expect(life.stop()).rejects.toThrow('three does not stop');
    expect(said.slice(4)).toEqual(['stop four', 'stop one']);
  });
});
