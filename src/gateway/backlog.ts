import type { Socket } from 'socket.io';

/** The few inner fields of engine.io's transports that are read here: µWS's socket, ws's, or neither (long-polling). */
interface Transport {
  socket?: { getBufferedAmount?(): number; bufferedAmount?: number };
}

/** Bytes that wait for this client to read them. Neither Socket.IO nor engine.io tells, so their sockets are asked. */
export function backlogOf(socket: Pick<Socket, 'conn'>): number {
  const { conn } = socket;
  const { socket: raw } = conn.transport as unknown as Transport;
  let bytes = 0;
  try {
    bytes = raw?.getBufferedAmount?.() ?? raw?.bufferedAmount ?? 0;
  } catch {
    // µWS throws once the socket is closed: nothing waits any more.
  }
  const { writeBuffer } = conn as unknown as { writeBuffer: { data?: string | Buffer }[] };
  for (const packet of writeBuffer) bytes += packet.data?.length ?? 0;
  return bytes;
}
