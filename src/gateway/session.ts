import { randomUUID } from 'node:crypto';
import type { Socket } from 'socket.io';
import { interfaces } from '../../machines/reading.ts';
import type { PlayerSession } from '../fleet/player-session.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { PlayerPictures } from '../ports/player-pictures.ts';
import { errors } from '../protocol/errors.ts';
import type { Profile } from '../protocol/player.ts';
import { Fence } from './fence.ts';

/** The socket that a session is of. */
export interface SessionOwner {
  socket: Socket;
  metrics: Pick<Metrics, 'transportClosed'>;
  pictures: Pick<PlayerPictures, 'refresh'>;
  deviceId: string;
  /** Once all that came from it before is taken in. */
  after(then: () => void): void;
  /** We close it, for this reason. */
  closing(reason: string): void;
  resume(): void;
}

export function createSession(
  { socket, metrics, pictures, deviceId, after, closing, resume }: SessionOwner,
  { deviceNetwork }: Profile,
): PlayerSession {
  let known: Fence | undefined;
  const fence = () => {
    known ??= new Fence(socket.conn);
    return known;
  };
  return {
    id: randomUUID(),
    address: socket.handshake.address,
    macs: deviceNetwork ? interfaces(deviceNetwork).macs : [],
    askState: () => socket.emit('player:request:state'),
    askSnapshot: () => socket.emit('player:request:snapshot'),
    fetchSnapshot: () => pictures.refresh(deviceId),
    sendCommand(command, arrived) {
      socket.emit('player:command', command);
      fence().after(() => after(arrived));
    },
    probe: (answered) => fence().round(answered),
    resume,
    end(code) {
      closing(code);
      socket.emit('player:error', { code, message: errors[code].meaning, event: 'player:register' });
      // The message goes first: the client closes with the packet that follows it.
      socket.disconnect();
    },
    drop(reason) {
      closing(reason);
      metrics.transportClosed(reason);
      socket.conn.close();
    },
  };
}
