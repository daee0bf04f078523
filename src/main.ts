import { onStopSignals } from './adapters/stop-signals.ts';

let server: typeof import('./start.ts') | undefined;
// First of all, because the other modules take a second to load on a busy machine. Before that there is nothing to stop.
onStopSignals(
  ['SIGTERM', 'SIGINT'],
  () => (server ? server.stop() : process.exit(0)),
  () => process.exit(1),
);
server = await import('./start.ts');
