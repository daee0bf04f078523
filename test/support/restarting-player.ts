import { appendFileSync } from 'node:fs';
import { exitWhenEnded, openStorage } from '../../src/client/node.ts';
import { afterAnswer, connectPlayer } from '../../src/client/player.ts';

/** A player as a process of its own, which may be killed at any moment. Counts what it did in a file. */
const [url = '', token = '', deviceId = '', folder = ''] = process.argv.slice(2);
const say = (text: string) => process.stdout.write(`${text}\n`);
const done = (what: string) => appendFileSync(`${folder}/done`, `${what}\n`);

const player = connectPlayer({
  url,
  token,
  deviceId,
  storage: openStorage(`${folder}/journals`),
  commands: {
    'vlc:stop': () => {
      done('stop');
      return afterAnswer(() => process.exit(0));
    },
    'vlc:play': () => {
      done('play');
      process.exit(0);
    },
  },
});
for (const repeatable of [true, false]) {
  player.command(repeatable ? 'update' : 'reboot', { repeatable }, () => {
    done(repeatable ? 'update' : 'reboot');
    say('in the middle');
    return new Promise(() => {});
  });
}
exitWhenEnded(player);
player.onError(({ code, message }) => say(`${code} ${message}`));
player.onStatus(({ link }) => say(link));
