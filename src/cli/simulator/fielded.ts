import { io } from 'socket.io-client';
import type { JsonObject } from '../../protocol/document.ts';
import type { FieldedGeneration } from './options.ts';
import type { Fleet, Screen, SimulatedPlayer } from './player.ts';
import type { Random } from './random.ts';
import { createTally } from './tally.ts';

interface Command {
  commandId: string;
  command: string;
  params?: JsonObject | null;
}

/** The connection of the players in the field, in two generations: the bare client's, with all that it lets them do wrong. */
export function createFieldedPlayer(
  { options, scheduler, counts }: Fleet,
  generation: FieldedGeneration,
  screen: Screen,
  random: Random,
): SimulatedPlayer {
  const tally = createTally(counts);
  let shown = !options.pictures;

  const socket = io(options.url, {
    // Each player is a machine of its own: no connection is shared.
    forceNew: true,
    autoConnect: false,
    reconnectionDelay: 1000,
    reconnectionDelayMax: 5000,
    ...credentials(generation, screen.profile, options.token),
  });

  function send(extra?: object): void {
    if (!tally.registered) return;
    counts.reports++;
    socket.emit('player:state', { ...screen.state(), ...extra });
  }

  function snapshot() {
    const { data, ...rest } = screen.snapshot();
    return { ...rest, data: data.toString('base64') };
  }

  function carryOut({ command, params }: Command): { status: 'success' | 'error'; result?: unknown; message?: string } {
    try {
      const result = screen.carryOut(command, params ?? {});
      return { status: 'success', result: command === 'vlc:snapshot' ? snapshot() : result };
    } catch (error) {
      return { status: 'error', message: (error as Error).message };
    }
  }

  socket.on('connect', () => {
    socket.emit('player:register', screen.profile);
  });
  socket.on('player:registered', () => {
    tally.become(true);
    if (!shown) send({ snapshot: snapshot() });
    shown = true;
  });
  socket.on('disconnect', (reason) => {
    tally.become(false);
    // The client comes back by itself, but for a server that said goodbye for good.
    if (reason === 'io server disconnect') counts.refused++;
  });
  socket.on('connect_error', (error) => {
    tally.failed(error.message);
    if (!socket.active) counts.refused++;
  });
  socket.on('player:error', (error?: { code?: string; message?: string }) =>
    tally.failed(`${error?.code}: ${error?.message}`),
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
      return tally.registered;
    },
    connect: () => void socket.connect(),
    report: () => send(),
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
  };
}

function credentials(
  generation: FieldedGeneration,
  { deviceId, deviceName, deviceType, deviceGroup, appVersion }: Screen['profile'],
  token: string,
) {
  if (generation === '2') return { auth: { deviceId, authToken: token } };
  // The fielded first generation puts an object into its query, which becomes just this.
  const deviceNetwork = '[object Object]';
  return {
    auth: { token },
    query: { deviceId, deviceName, deviceType, deviceGroup, appVersion, deviceNetwork },
  };
}
