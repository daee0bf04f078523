/** µWS, or undefined on systems whose glibc is too old for its binaries (README); there is nothing to test then. */
export const native = await import('uWebSockets.js').then(
  ({ default: uws }) => uws,
  () => undefined,
);
