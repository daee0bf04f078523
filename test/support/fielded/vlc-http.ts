import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

interface Clip {
  name: string;
  /** In seconds. */
  length: number;
}

export interface Vlc {
  readonly url: string;
  readonly state: 'playing' | 'paused' | 'stopped';
  readonly fullscreen: boolean;
  /** The commands that took effect, in order. */
  readonly done: readonly string[];
  /** Answers commands at once and executes them after this delay. */
  busyMs: number;
  /** Delays every response. */
  slowMs: number;
  /** Skips to the next clip. */
  skip(): void;
  /** Claims to play, but its position does not move. */
  freeze(): void;
  /** Closes the port; `start` starts a new VLC on the same port, stopped. */
  crash(): Promise<void>;
  start(): Promise<void>;
}

/** VLC's HTTP interface: it plays its clips in an endless loop, in real time. */
export async function startVlc({ clips = [{ name: 'spring-offer.mp4', length: 15 }] as Clip[] } = {}): Promise<Vlc> {
  let server: Server | undefined;
  let port = 0;
  let state: Vlc['state'] = 'playing';
  let fullscreen = false;
  let frozen = false;
  /** Media time: the time played until the clock last started, and that start. */
  let played = 0;
  let startedAt = performance.now();
  const done: string[] = [];
  const total = clips.reduce((sum, { length }) => sum + length, 0);

  const clockRuns = () => state === 'playing' && !frozen;
  const mediaTime = () => played + (clockRuns() ? (performance.now() - startedAt) / 1000 : 0);
  function changeState(change: () => void): void {
    played = mediaTime();
    change();
    if (state === 'stopped') played = 0;
    startedAt = performance.now();
  }

  function execute(command: string): void {
    done.push(command);
    if (command === 'pl_play') changeState(() => (state = 'playing'));
    if (command === 'pl_stop') changeState(() => (state = 'stopped'));
    // A toggle; if VLC is stopped, it starts playback.
    if (command === 'pl_pause') changeState(() => (state = state === 'playing' ? 'paused' : 'playing'));
    if (command === 'fullscreen') fullscreen = !fullscreen;
  }

  /** The current clip, and the position in it. */
  function clipAt(all: number): [Clip, number] {
    let time = all % total;
    for (const clip of clips) {
      if (time < clip.length) return [clip, time];
      time -= clip.length;
    }
    return [clips[0] as Clip, 0];
  }

  function status(): object {
    const settings = { fullscreen, volume: 128, random: false, loop: true, repeat: false, rate: 1 };
    if (state === 'stopped') return { ...settings, state, time: 0, length: 0, position: 0 };
    const [clip, time] = clipAt(mediaTime());
    return {
      ...settings,
      state,
      time: Math.floor(time),
      length: clip.length,
      position: Number((time / clip.length).toPrecision(13)),
      information: { category: { meta: { filename: clip.name } } },
    };
  }

  async function answer(command: string | null, response: ServerResponse): Promise<void> {
    const wait = vlc.slowMs + (command && command !== 'snapshot' ? vlc.busyMs : 0);
    if (wait > 0) await delay(wait);
    // VLC has crashed meanwhile, so it does nothing.
    if (response.destroyed) return;
    if (command) execute(command);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(status()));
  }

  const vlc: Vlc = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    get state() {
      return state;
    },
    get fullscreen() {
      return fullscreen;
    },
    done,
    busyMs: 0,
    slowMs: 0,
    skip() {
      const [clip, time] = clipAt(mediaTime());
      changeState(() => (played += clip.length - time));
    },
    freeze: () => changeState(() => (frozen = true)),
    async crash() {
      const ending = server;
      server = undefined;
      changeState(() => (state = 'stopped'));
      ending?.closeAllConnections();
      await new Promise((resolve) => (ending ? ending.close(resolve) : resolve(undefined)));
    },
    async start() {
      const starting = createServer((request, response) => {
        const { pathname, searchParams } = new URL(request.url ?? '/', 'http://vlc');
        if (pathname === '/requests/status.json') void answer(searchParams.get('command'), response);
        else response.writeHead(404).end();
      });
      await new Promise<void>((resolve) => starting.listen(port, '127.0.0.1', resolve));
      port = (starting.address() as AddressInfo).port;
      server = starting;
    },
  };
  await vlc.start();
  onTestFinished(() => vlc.crash());
  return vlc;
}
