// A screen that is a web page. See README.md beside this file.
import {
  afterAnswer,
  browserStorage,
  connectPlayer,
  type PairedPlayer,
  type Player,
  pairPlayer,
} from '@vigia/client/player';
import { keep } from './keep.ts';
import { type Item, openScreen } from './screen.ts';

const url = new URLSearchParams(location.search).get('server') ?? location.origin;
// Of this server alone: a link with another one must not send it the token.
const PAIRED = `screen.paired ${url}`;
const STORED = `vigia ${url}`;
const RETRY_MS = 5000;

const find = (id: string) => document.getElementById(id) as HTMLElement;
const say = (text: string) => {
  find('notice').textContent = text;
};

async function loadPlaylist(): Promise<Item[]> {
  for (;;) {
    try {
      const response = await fetch('playlist.json');
      if (!response.ok) throw new Error(`the answer was ${response.status}`);
      const items = await response.json();
      if (items.length === 0) throw new Error('it is empty');
      say('');
      return items;
    } catch (error) {
      say(`playlist.json cannot be used: ${(error as Error).message}. Trying again…`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

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
  clearJournals();
  localStorage.setItem(PAIRED, JSON.stringify(paired));
  say('');
  return paired;
}

/** What was played as another device is not this one's. */
function clearJournals(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(`${STORED}.`)) localStorage.removeItem(key);
}

const items = await loadPlaylist();
let player: Player | undefined;
const screen = openScreen(find('stage'), items, () => player?.setState(screen.state()));
screen.resume();
keep(['playlist.json', ...items.map(({ file }) => file)]).catch(console.warn);
await connect();

async function connect(): Promise<void> {
  const own = connectPlayer({
    url,
    ...(await pair()),
    profile: { deviceType: 'browser', appVersion: '1.0.0' },
    readState: screen.state,
    takeSnapshot: screen.snapshot,
    // At most once, even if the page is reloaded in the middle; and what was played without a network is not lost.
    storage: browserStorage(STORED),
    // Nobody is there to start it again.
    whenRefused: 'retry',
    commands: {
      'vlc:play': ({ uri }) => (uri === undefined ? screen.resume() : screen.playFile(String(uri))),
      'vlc:pause': screen.togglePause,
      'vlc:stop': screen.stop,
      'vlc:snapshot': async () => ({ data: await screen.snapshot(), format: 'jpeg' }),
    },
  });
  player = own;
  own.command('playlist:next', { title: 'Next item' }, screen.next);
  own.command('page:reload', { title: 'Reload the page', repeatable: true }, () =>
    afterAnswer(() => location.reload()),
  );
  own.setState(screen.state());
  own.onError(({ code, message }) => {
    console.warn(code, message);
    const isRemoved = code === 'revoked' || code === 'unauthorized';
    if (!isRemoved || player !== own) return;
    // In the console, now or while this was off: it plays on, and is a new device.
    player = undefined;
    own.close();
    localStorage.removeItem(PAIRED);
    say('The server does not know this screen any more.');
    void connect();
  });
}
