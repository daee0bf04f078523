import { io, type Socket } from 'socket.io-client';
import type { JsonObject } from '../../protocol/document.ts';
import type { PlayerToServer, ServerToPlayer } from '../../protocol/events.ts';
import { createFieldState, type FieldState, type FieldVersion } from './field-state.ts';
import type { Fleet, SimulatedPlayer } from './player.ts';
import { between, type Random } from './random.ts';
import type { Screen } from './screen.ts';
import { createTally } from './tally.ts';

const RETRY_MS = 5000;
const BUSY_MS = 7000;
/** VLC's HTTP requests. There are no others, and parameters are ignored. */
const requests: Readonly<Record<string, string>> = {
  'vlc:play': 'pl_play',
  'vlc:pause': 'pl_pause',
  'vlc:stop': 'pl_stop',
  'vlc:fullscreen': 'fullscreen',
  'vlc:snapshot': 'snapshot',
};

type Answer = { status: 'success'; result: unknown } | { status: 'error'; message: string };

/** The differences between the two generations. */
export interface Habits {
  generation: 'first' | 'second';
  version: FieldVersion;
  /** Number of reconnection attempts before it gives up. */
  attempts: number;
  handshake(profile: Profile): { auth: Record<string, string>; query?: Record<string, string> };
}

export type Profile = Record<'deviceId' | 'deviceName' | 'deviceType' | 'deviceGroup' | 'appVersion', string>;

/** Events of the first generation that the server does not know (P12). */
type UnknownEvents = Record<
  'system:status' | 'player:status' | 'playlist:status' | 'network:status' | 'monitor:error',
  (report: object) => void
>;
type PlayerLink = Socket<ServerToPlayer, PlayerToServer & UnknownEvents>;

export interface Fielded {
  readonly registered: boolean;
  readonly socket: PlayerLink;
  readonly connection: Parameters<typeof io>[1];
  /** A complete state, measured now. */
  measure(): JsonObject;
  /** Sends a state if the player is registered. */
  send(state: JsonObject): void;
  player: SimulatedPlayer;
}

/** The common part of both fielded generations: the bare client, including the mistakes it allows. */
export function createFielded(fleet: Fleet, screen: Screen, random: Random, habits: Habits): Fielded {
  const { options, scheduler, counts, has } = fleet;
  const { deviceId, name: deviceName, group: deviceGroup, trouble } = screen.part;
  const { generation, version } = habits;
  const profile: Profile = { deviceId, deviceName, deviceType: 'player', deviceGroup, appVersion: '1.0.0' };
  const fullDisk = trouble === 'full-disk';
  const facts = { deviceId, deviceName, deviceGroup, machine: screen.machine, version, fullDisk };
  const field: FieldState = createFieldState(random, facts, screen.startedAt);
  const tally = createTally(counts);
  /** VLC processes requests one after the other. */
  let vlcFreeAt = 0;

  const connection = {
    // Each player stands for its own computer, so connections are not shared.
    forceNew: true,
    autoConnect: false,
    ...(has('gives-up')
      ? { reconnectionAttempts: habits.attempts, reconnectionDelay: RETRY_MS }
      : { reconnectionDelay: 1000 }),
    reconnectionDelayMax: RETRY_MS,
    ...habits.handshake(profile),
  };
  const socket: PlayerLink = io(options.url, connection);

  const measure = () => field.measure(screen.vlc(), screen.now());

  function send(state: JsonObject): void {
    if (!tally.registered) return;
    counts.reports++;
    socket.emit('player:state', state);
  }

  function picture() {
    const { data, ...rest } = screen.picture();
    return { ...rest, data: data.toString('base64') };
  }

  function carryOut(command: string): Answer {
    try {
      screen.command(command);
    } catch (error) {
      return { status: 'error', message: (error as Error).message };
    }
    if (command !== 'vlc:snapshot') {
      return { status: 'success', result: { success: true, message: `${requests[command]} sent to VLC` } };
    }
    if (!has('kept-pictures')) return { status: 'success', result: picture() };
    const snapshot = field.tookPicture(screen.now());
    return { status: 'success', result: { fileName: 'snapshot.jpg', snapshot } };
  }

  /** Runs the task once VLC has finished the previous ones. */
  function whenVlcIsFree(task: () => void): void {
    const takesMs = has('busy-vlc') && random() < 1 / 20 ? BUSY_MS : between(random, 5, 60);
    const now = performance.now();
    vlcFreeAt = Math.max(now, vlcFreeAt) + takesMs;
    scheduler.after(vlcFreeAt - now, task);
  }

  socket.on('connect', () => {
    socket.emit('player:register', { ...profile, deviceNetwork: field.network });
  });
  socket.on('player:registered', () => tally.become(true));
  socket.on('disconnect', (reason) => {
    tally.become(false);
    if (reason !== 'io server disconnect') return;
    if (has('stays-away')) counts.refused++;
    else scheduler.after(RETRY_MS, () => socket.connect());
  });
  socket.on('connect_error', (error) => {
    tally.failed(error.message);
    if (!socket.active) counts.refused++;
  });
  socket.io.on('reconnect_failed', () => {
    counts.gaveUp++;
  });
  socket.on('player:error', ({ code, message }) => tally.failed(`${code}: ${message}`));
  socket.on('player:request:snapshot', () => {
    if (!has('kept-pictures')) send({ ...measure(), snapshot: picture() });
  });
  socket.on('player:command', ({ commandId, command }) => {
    counts.commands++;
    if (random() < options.ignore) return;
    const isSilent = random() < options.silent;
    whenVlcIsFree(() => {
      const answer = { commandId, ...carryOut(command) };
      if (isSilent) return;
      const respond = () => {
        // The client would buffer the answer and send it before the next registration.
        if (!socket.connected) return;
        counts.answered++;
        socket.emit('player:command:response', answer);
      };
      if (options.slow > 0) scheduler.after(options.slow, respond);
      else respond();
    });
  });

  return {
    get registered() {
      return tally.registered;
    },
    socket,
    connection,
    measure,
    send,
    player: {
      generation,
      get registered() {
        return tally.registered;
      },
      connect: () => void socket.connect(),
      drop: () => socket.io.engine?.close(),
      close: () =>
        new Promise((resolve) => {
          const { engine } = socket.io;
          tally.become(false);
          if (!socket.connected) resolve();
          else engine.once('close', () => resolve());
          socket.disconnect();
          screen.stop();
        }),
    },
  };
}
