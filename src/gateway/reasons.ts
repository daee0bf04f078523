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

export const disconnectReason = (reason: string): string => REASONS[reason] ?? 'other';
