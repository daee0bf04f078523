/**
 * The reasons that get a label value of their own; everything else is `other`, so that no text from outside can make
 * time series. Written as in the label: small letters and underscores ("transport close" is `transport_close`).
 */
const reasons = {
  /** Socket.IO's reasons for a `disconnect`, and our own. */
  connectionLost: [
    'transport_close',
    'transport_error',
    'ping_timeout',
    'parse_error',
    'client_namespace_disconnect',
    'server_namespace_disconnect',
    'server_shutting_down',
    'forced_close',
    'forced_server_close',
    'session_replaced',
    'revoked',
    'draining',
    'rate_limited',
    'payload_too_large',
    'server_restart',
  ],
  transportClosed: [
    'draining',
    'rate_limited',
    'payload_too_large',
    'back_pressure',
    'not_registered',
    'slow_handshake',
    'unavailable',
    'unauthorized',
    'session_replaced',
    'revoked',
    'parse_error',
  ],
  authFailure: ['missing', 'wrong', 'invalid', 'needs_own_token', 'revoked', 'forbidden'],
  resync: ['too_slow', 'gap', 'overflow', 'cursor_unknown', 'cursor_expired', 'restart', 'token_removed'],
} as const satisfies Record<string, readonly string[]>;

export const known = {
  connectionLost: folder(reasons.connectionLost),
  transportClosed: folder(reasons.transportClosed),
  authFailure: folder(reasons.authFailure),
  resync: folder(reasons.resync),
};

function folder(expected: readonly string[]): (reason: string) => string {
  const allowed = new Set(expected);
  return (reason) => {
    const label = reason.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
    return allowed.has(label) ? label : 'other';
  };
}
