import { requestNames } from '../protocol/commands.ts';

/** The values allowed for labels. Everything else becomes `other`, so that external input cannot create time series. */
export const reasons = {
  command: requestNames,
  connectionLost: [
    'connection_lost',
    'transport_error',
    'no_heartbeat',
    'left',
    'ended',
    'server_shutdown',
    'server_restart',
    'closed_by_server',
    'message_too_large',
    'slow_reader',
    'fleet_full',
    'protocol_error',
    'session_replaced',
    'revoked',
    'rate_limited',
    'restricted',
    'blocked',
    'draining',
    'rebalanced',
  ],
  transportClosed: [
    'rate_limited',
    'restricted',
    'blocked',
    'fleet_full',
    'message_too_large',
    'slow_reader',
    'draining',
    'unavailable',
    'rebalanced',
  ],
  authFailure: ['missing', 'wrong', 'needs_own_token', 'revoked'],
  resync: ['too_slow'],
  method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'],
  pictureRefused: [
    'not_a_picture',
    'broken',
    'too_many_bytes',
    'too_many_pixels',
    'superseded',
    'busy',
    'not_stored',
    'device_removed',
    'bad_path',
    'no_address',
    'unreachable',
    'too_slow',
    'redirected',
    'bad_status',
  ],
} as const satisfies Record<string, readonly string[]>;

export const known = {
  command: folder(reasons.command),
  connectionLost: folder(reasons.connectionLost),
  transportClosed: folder(reasons.transportClosed),
  authFailure: folder(reasons.authFailure),
  resync: folder(reasons.resync),
  method: folder(reasons.method),
  pictureRefused: folder(reasons.pictureRefused),
};

function folder(expected: readonly string[]): (reason: string) => string {
  const allowed = new Set(expected);
  return (reason) => (allowed.has(reason) ? reason : 'other');
}
