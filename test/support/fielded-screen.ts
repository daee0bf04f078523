import type { Socket } from 'socket.io-client';
import { next, type PlayerCommand, playerOfSecondGeneration } from './clients.ts';
import { newest } from './field-states.ts';
import type { TestServer } from './server.ts';

interface Facts {
  /** Values that differ from the defaults, in the player's form. */
  vlc?: Partial<Record<keyof typeof newest.vlc, unknown>>;
  playlist?: string;
  host?: string;
  address?: string;
  mac?: string;
}

export interface FieldedScreen {
  socket: Socket;
  received: PlayerCommand[];
  /**
   * Updates the cache and sends it.
   * @param agoMs age of the measurement
   */
  measure(facts?: Facts, agoMs?: number): void;
  /** Sends the cache again. */
  report(): void;
}

/**
 * A fielded player of the second generation: it answers state requests with its cache, which only `measure` updates.
 * Commands are answered at once and do not update it.
 */
export async function startFielded(
  server: TestServer,
  deviceId: string,
  profile: object = {},
  first: Facts & { agoMs?: number } = {},
): Promise<FieldedScreen> {
  const socket = playerOfSecondGeneration(server, deviceId, { transports: ['websocket'] });
  let facts: Facts = first;
  let cache = fill();

  function fill(agoMs = first.agoMs ?? 0): object {
    const timestamp = new Date(Date.now() - agoMs).toISOString();
    const { host = `host-of-${deviceId}`, address = '10.4.0.31', mac = '02:00:5e:10:00:01', playlist } = facts;
    const { network } = newest.system;
    const eth0 = { ...network.eth0, address, mac };
    return {
      ...newest,
      system: { ...newest.system, hostname: host, network: { lo: network.lo, eth0 }, timestamp },
      storage: { ...newest.storage, timestamp },
      vlc: { ...newest.vlc, ...facts.vlc },
      activePlaylist: { ...newest.activePlaylist, ...(playlist && { playlistName: playlist }) },
      snapshot: { url: null, createdAt: null },
    };
  }

  const screen: FieldedScreen = {
    socket,
    received: [],
    measure(change = {}, agoMs) {
      facts = { ...facts, ...change, vlc: { ...facts.vlc, ...change.vlc } };
      cache = fill(agoMs ?? 0);
      screen.report();
    },
    report: () => socket.emit('player:state', { ...cache, timestamp: new Date().toISOString() }),
  };
  socket.on('player:request:state', screen.report);
  socket.on('player:command', (command: PlayerCommand) => {
    screen.received.push(command);
    const result = { success: true, message: 'ok' };
    socket.emit('player:command:response', { commandId: command.commandId, status: 'success', result });
  });
  socket.on('connect', () => socket.emit('player:register', { deviceId, ...profile }));
  await next(socket, 'player:registered');
  return screen;
}
