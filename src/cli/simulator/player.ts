import { io } from 'socket.io-client';
import { createActor } from 'xstate';
import { type PlayerEvent, playerMachine } from '../../../machines/player.ts';
import { playlists } from './content.ts';
import type { Generation, SimulatorOptions, SimulatorStats } from './options.ts';
import { drawPicture } from './picture.ts';
import { between, type Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import { createStateOf, type Profile } from './state.ts';

export interface SimulatedPlayer {
  readonly generation: Generation;
  readonly registered: boolean;
  connect(): void;
  /** Sends its state, if it is registered. */
  report(): void;
  /** Loses its connection, and comes back as the client does. */
  drop(): void;
  /** Resolves when the connection is closed. */
  close(): Promise<void>;
}

/** What all players of a fleet share. */
export interface Fleet {
  options: SimulatorOptions;
  scheduler: Scheduler;
  counts: Pick<SimulatorStats, 'connected' | 'reports' | 'commands' | 'answered' | 'errors' | 'refused' | 'lastError'>;
}

interface Command {
  commandId: string;
  command: string;
  params?: Record<string, unknown> | null;
}

/** One player: the real client's connection, and a machine that is VLC. */
export function createPlayer(fleet: Fleet, generation: Generation, profile: Profile, random: Random): SimulatedPlayer {
  const { options, scheduler, counts } = fleet;
  const startedAt = Date.now();
  const driftMs = between(random, -options.drift, options.drift);
  const stateOf = createStateOf(random, profile, playlists[0], startedAt);
  const colour = [between(random, 0, 255), between(random, 0, 255), between(random, 0, 255)] as const;
  const vlc = createActor(playerMachine, { input: { playlists } }).start();
  vlc.send({ type: 'vlc:play', playlist: between(random, 0, playlists.length - 1), item: between(random, 0, 5) });
  let tickedAt = startedAt;
  let registered = false;
  let shown = !options.pictures;

  const socket = io(options.url, {
    // Each player is a machine of its own: no connection is shared.
    forceNew: true,
    autoConnect: false,
    reconnectionDelay: 1000,
    reconnectionDelayMax: 5000,
    ...credentials(generation, profile, options.token),
  });

  /** VLC's time is made up for only when somebody looks. */
  function now(): number {
    const at = Date.now();
    if (at > tickedAt) vlc.send({ type: 'TICK', ms: at - tickedAt });
    tickedAt = at;
    return at + driftMs;
  }

  function send(extra?: object): void {
    if (!registered) return;
    const at = now();
    const state = stateOf(vlc.getSnapshot(), at);
    counts.reports++;
    socket.emit('player:state', extra ? { ...state, ...extra } : state);
  }

  const snapshot = () => ({ ...drawPicture(colour), takenAt: new Date(Date.now() + driftMs).toISOString() });

  function carryOut({ command, params }: Command): { status: 'success' | 'error'; result?: unknown; message?: string } {
    now();
    const event = eventOf(command, params ?? {});
    if (!event) return { status: 'error', message: `unknown command ${command}` };
    if (!vlc.getSnapshot().can(event)) return { status: 'error', message: 'there is no such item' };
    vlc.send(event);
    if (command === 'vlc:snapshot') return { status: 'success', result: snapshot() };
    const { playback, fullscreen } = vlc.getSnapshot().value;
    return { status: 'success', result: { state: playback, fullscreen: fullscreen === 'on' } };
  }

  function failed(message: string): void {
    counts.errors++;
    counts.lastError = message;
  }

  function leave(): void {
    if (registered) counts.connected--;
    registered = false;
  }

  socket.on('connect', () => {
    socket.emit('player:register', { ...profile, deviceType: DEVICE_TYPE });
  });
  socket.on('player:registered', () => {
    if (!registered) counts.connected++;
    registered = true;
    if (!shown) send({ snapshot: snapshot() });
    shown = true;
  });
  socket.on('disconnect', (reason) => {
    leave();
    // The client comes back by itself, but for a server that said goodbye for good.
    if (reason === 'io server disconnect') counts.refused++;
  });
  socket.on('connect_error', (error) => {
    failed(error.message);
    if (!socket.active) counts.refused++;
  });
  socket.on('player:error', (error?: { code?: string; message?: string }) =>
    failed(`${error?.code}: ${error?.message}`),
  );
  socket.on('player:request:state', () => send());
  socket.on('player:request:snapshot', () => send({ snapshot: snapshot() }));
  socket.on('player:command', (command: Command) => {
    counts.commands++;
    if (random() < options.ignore) return;
    const answer = { commandId: command.commandId, ...carryOut(command) };
    if (random() < options.silent) return;
    const respond = () => {
      // Kept back by the client, it would come before the next registration.
      if (!socket.connected) return;
      counts.answered++;
      socket.emit('player:command:response', answer);
    };
    if (options.slow > 0) scheduler.after(options.slow, respond);
    else respond();
  });

  return {
    generation,
    get registered() {
      return registered;
    },
    connect: () => void socket.connect(),
    report: () => send(),
    drop: () => socket.io.engine?.close(),
    close: () =>
      new Promise((resolve) => {
        const { engine } = socket.io;
        leave();
        if (!socket.connected) resolve();
        else engine.once('close', () => resolve());
        socket.disconnect();
        vlc.stop();
      }),
  };
}

const DEVICE_TYPE = 'vlc';

function credentials(
  generation: Generation,
  { deviceId, deviceName, deviceGroup, appVersion }: Profile,
  token: string,
) {
  if (generation === '2') return { auth: { deviceId, authToken: token } };
  // The fielded first generation puts an object into its query, which becomes just this.
  const deviceNetwork = '[object Object]';
  return {
    auth: { token },
    query: { deviceId, deviceName, deviceType: DEVICE_TYPE, deviceGroup, appVersion, deviceNetwork },
  };
}

function eventOf(command: string, params: Record<string, unknown>): PlayerEvent | undefined {
  switch (command) {
    case 'vlc:play':
      return { type: command, item: name(params.item) ?? name(params.uri), playlist: name(params.playlist) };
    case 'vlc:pause':
    case 'vlc:stop':
    case 'vlc:fullscreen':
    case 'vlc:snapshot':
      return { type: command };
    default:
      return undefined;
  }
}

const name = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? value : undefined);
