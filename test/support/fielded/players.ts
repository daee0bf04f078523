import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Vlc } from './vlc-http.ts';

export type Generation = 'first' | 'second';

/** Events that the player received or caused. */
type Happening = 'registered' | 'error' | 'command' | 'asked' | 'measured' | 'attempt' | 'gave up' | 'answer';

interface Told {
  event: Happening;
  value?: unknown;
}

export interface FieldedPlayer {
  readonly told: readonly Told[];
  /** The first event of that kind, past or future. */
  first(event: Happening): Promise<unknown>;
  /** Waits for further events of that kind; resolves with the last one. */
  more(event: Happening, count?: number): Promise<unknown>;
  /** Emits an event with an acknowledgement and resolves with it. */
  emit(event: string, payload: unknown): Promise<unknown>;
  /** Switches to another playlist, without a measurement. */
  loadPlaylist(name: string): void;
}

interface Options {
  deviceId: string;
  server: { url: string; playerToken: string };
  vlc: Pick<Vlc, 'url'>;
  /** Measuring interval: 30 s in the field. 0: the second generation measures once, the first never. */
  monitorMs?: number;
  /** Delay between two connection attempts: 5 s in the field. */
  reconnectMs?: number;
}

/** Runs a fielded player in a child process that ends with the test. */
export function startFielded(generation: Generation, options: Options): FieldedPlayer {
  const { deviceId, server, vlc, monitorMs = 1000, reconnectMs = 100 } = options;
  const child = fork(fileURLToPath(new URL(`${generation}.mjs`, import.meta.url)), {
    env: {
      PATH: process.env.PATH,
      DEVICE_ID: deviceId,
      VIGIA_URL: server.url,
      TOKEN: server.playerToken,
      VLC_URL: vlc.url,
      MONITOR_MS: String(monitorMs),
      RECONNECT_MS: String(reconnectMs),
    },
    execArgv: [],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });

  const told: Told[] = [];
  const waiting = new Set<(news: Told) => void>();
  child.on('message', (news: Told) => {
    told.push(news);
    for (const look of waiting) look(news);
  });
  function more(event: Happening, count = 1): Promise<unknown> {
    let left = count;
    return new Promise((resolve) => {
      const look = (news: Told) => {
        if (news.event !== event || --left > 0) return;
        waiting.delete(look);
        resolve(news.value);
      };
      waiting.add(look);
    });
  }

  return {
    told,
    async first(event) {
      const known = told.find((it) => it.event === event);
      return known ? known.value : more(event);
    },
    more,
    async emit(event, payload) {
      const answer = more('answer');
      child.send({ action: 'emit', value: { event, payload } });
      return answer;
    },
    loadPlaylist: (name) => void child.send({ action: 'loadPlaylist', value: name }),
  };
}
