// A screen that is a web page. See README.md beside this file.
import { afterAnswer, browserStorage, connectPlayer, type PairedPlayer, pairPlayer } from '@vigia/client/player';
import { keep } from './keep.ts';
import { type Item, openScreen } from './screen.ts';

const url = new URLSearchParams(location.search).get('server') ?? location.origin;
const PAIRED = 'screen.paired';
const find = (id: string) => document.getElementById(id) as HTMLElement;
const say = (text: string) => {
  find('notice').textContent = text;
};

/** Shows a code at the first start; afterwards the browser knows the id and the token. */
async function pair(): Promise<PairedPlayer> {
  const known = localStorage.getItem(PAIRED);
  if (known) return JSON.parse(known);
  const paired = await pairPlayer({
    url,
    info: { type: 'browser' },
    onCode: (code) => say(`Type this code in the console: ${code}`),
    onError: ({ message, remedy }) => say(`${message} ${remedy ?? ''}`),
  });
  localStorage.setItem(PAIRED, JSON.stringify(paired));
  say('');
  return paired;
}

const items: Item[] = await (await fetch('playlist.json')).json();
const screen = openScreen(find('stage'), items, () => player?.setState(screen.state()));
let player: ReturnType<typeof connectPlayer> | undefined;
screen.resume();
keep(['playlist.json', ...items.map(({ file }) => file)]).catch(console.warn);

player = connectPlayer({
  url,
  ...(await pair()),
  profile: { deviceType: 'browser', appVersion: '1.0.0' },
  readState: screen.state,
  takeSnapshot: screen.snapshot,
  // At most once, even if the page is reloaded in the middle; and what was played without a network is not lost.
  storage: browserStorage(),
  // Nobody is there to start it again.
  whenRefused: 'retry',
  commands: {
    'vlc:play': ({ uri }) => (uri === undefined ? screen.resume() : screen.playFile(String(uri))),
    'vlc:pause': screen.togglePause,
    'vlc:stop': screen.stop,
    'vlc:snapshot': async () => ({ data: await screen.snapshot(), format: 'png' }),
  },
});
player.command('playlist:next', { title: 'Next item' }, screen.next);
player.command('page:reload', { title: 'Reload the page', repeatable: true }, () =>
  afterAnswer(() => location.reload()),
);
player.setState(screen.state());
player.onError(({ code, message }) => {
  console.warn(code, message);
  if (code !== 'revoked') return;
  // The device was removed in the console, so this screen is a new one.
  localStorage.removeItem(PAIRED);
  location.reload();
});
