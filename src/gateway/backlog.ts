import type { Socket } from 'socket.io';

/** The internal fields of Engine.IO's transports used here: µWS's socket, ws's socket, or none (long-polling). */
interface Transport {
  socket?: { getBufferedAmount?(): number; bufferedAmount?: number };
}

/**
 * Bytes not yet sent to this client. Neither Socket.IO nor Engine.IO reports this, so it is read from the raw socket.
 */
export function backlogOf(socket: Pick<Socket, 'conn'>): number {
  const { conn } = socket;
  const { socket: raw } = conn.transport as unknown as Transport;
  let bytes = 0;
  try {
    bytes = raw?.getBufferedAmount?.() ?? raw?.bufferedAmount ?? 0;
  } catch {
    // µWS throws once the socket is closed: its backlog is empty.
  }
  const { writeBuffer } = conn as unknown as { writeBuffer: { data?: string | Buffer }[] };
  for (const packet of writeBuffer) bytes += packet.data?.length ?? 0;
  return bytes;
}
