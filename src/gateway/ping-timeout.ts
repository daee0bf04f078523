/** Turns of the event loop after which all pending socket data has been read. */
const READING_TURNS = 3;

/** The part of Engine.IO's connection used here, missing in its types. */
export interface Pinged {
  onClose(reason: string, description?: unknown): void;
  on(event: 'heartbeat', listener: () => void): void;
  off(event: 'heartbeat', listener: () => void): void;
}

/**
 * Delays the ping timeout until the socket is read: after a stall of the process, timers run before sockets are read,
 * and the answer may be waiting there.
 */
export function readBeforePingTimeout(connection: Pinged): void {
  const { onClose } = connection;
  connection.onClose = (reason, description) => {
    if (reason !== 'ping timeout') return onClose.call(connection, reason, description);
    let isAnswered = false;
    const note = () => {
      isAnswered = true;
    };
    connection.on('heartbeat', note);
    let turns = READING_TURNS;
    const look = () => {
      if (!isAnswered && --turns > 0) return void setImmediate(look);
      connection.off('heartbeat', note);
      if (!isAnswered) onClose.call(connection, reason, description);
    };
    setImmediate(look);
  };
}
