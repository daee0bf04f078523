/** Turns of the event loop in which everything is read that the sockets hold. */
const READING_TURNS = 3;

/** What Engine.IO's connection has, and does not tell in its types. */
export interface Pinged {
  onClose(reason: string, description?: unknown): void;
  on(event: 'heartbeat', listener: () => void): void;
  off(event: 'heartbeat', listener: () => void): void;
}

/**
 * A ping is only unanswered if its answer does not lie in the socket: after a stall of the process the timer comes before
 * the sockets are read.
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
