// A screen that is a real VLC. See README.md beside this file.
import { hostname } from 'node:os';
import { exitWhenEnded, openStorage } from '@vigia/client/node';
import { connectPlayer } from '@vigia/client/player';
import { openVlc } from './vlc.mjs';

const { VIGIA_URL, DEVICE_ID = hostname(), DEVICE_TOKEN, STORAGE = 'storage', WHEN_REFUSED } = process.env;
const { VLC_URL, VLC_PASSWORD, VLC_SNAPSHOTS } = process.env;
const LOOK_EVERY_MS = 5000;

const vlc = openVlc({ url: VLC_URL, password: VLC_PASSWORD, snapshotDir: VLC_SNAPSHOTS });
const readState = async () => ({ vlc: await vlc.state(), app: { name: 'vlc-player', node: process.versions.node } });

/** What a command did is told at once. */
const told = (act) => async (params) => {
  const result = await act(params);
  player.setState(await readState());
  return result;
};

const player = connectPlayer({
  url: VIGIA_URL,
  deviceId: DEVICE_ID,
  token: DEVICE_TOKEN,
  profile: { deviceType: 'vlc', appVersion: '1.0.0' },
  readState,
  takeSnapshot: () => vlc.snapshot(),
  storage: openStorage(STORAGE),
  whenRefused: WHEN_REFUSED === 'retry' ? 'retry' : 'end',
  commands: {
    'vlc:play': told(async ({ uri }) => void (await vlc.play(uri))),
    'vlc:pause': told(async () => void (await vlc.pause())),
    'vlc:stop': told(async () => void (await vlc.stop())),
    'vlc:fullscreen': told(async () => void (await vlc.fullscreen())),
    'vlc:snapshot': async () => ({ data: await vlc.snapshot(), format: 'png' }),
  },
});

player.onStatus(({ link }) => console.log(link));
player.onError(({ code, message }) => console.error(`${code}: ${message}`));
exitWhenEnded(player);

// What VLC does by itself (the next item, the end of a film) is seen by looking.
setInterval(async () => {
  const state = await readState().catch(() => undefined);
  if (state) player.setState(state);
}, LOOK_EVERY_MS);
