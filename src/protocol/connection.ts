import type { Connection } from './document.ts';

/** True if the device was connected when the server (or its instance) stopped, and has not returned since. */
export const isLostByServerStop = ({ status, reason }: Connection): boolean =>
  status !== 'online' && (reason === 'server_shutdown' || reason === 'server_restart');
