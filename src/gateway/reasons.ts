import type { Connection } from './connection.ts';

/** Socket.IO's disconnect reasons → the names used in documents, logs and metrics. */
const REASONS: Record<string, string> = {
  'transport close': 'connection_lost',
  'transport error': 'transport_error',
  'ping timeout': 'no_heartbeat',
  'client namespace disconnect': 'left',
  'server namespace disconnect': 'ended',
  'server shutting down': 'server_shutdown',
  'forced close': 'closed_by_server',
  'forced server close': 'closed_by_server',
  'parse error': 'protocol_error',
};

/** @param error Engine.IO's, if there is one */
export function lossReason(connection: object, reason: string, error: unknown): string {
  const { closedFor } = connection as Pick<Connection, 'closedFor'>;
  return closedFor ?? (isTooLarge(error) ? 'message_too_large' : (REASONS[reason] ?? 'other'));
}

export const isTooLarge = (error: unknown): boolean => error instanceof Error && /payload/i.test(error.message);
