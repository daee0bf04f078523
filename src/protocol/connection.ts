import type { Connection } from './document.ts';

/** It was connected when the server (or its instance) stopped, and has not come back since. */
export const isLostByServerStop = ({ status, reason }: Connection): boolean =>
  status !== 'online' && (reason === 'server_shutdown' || reason === 'server_restart');
