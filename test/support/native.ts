/** µWS, or undefined: its binaries want a newer glibc than some systems have (README), and there is none to test there. */
export const native = await import('uWebSockets.js').then(
  ({ default: uws }) => uws,
  () => undefined,
);
