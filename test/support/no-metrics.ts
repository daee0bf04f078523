import type { Metrics } from '../../src/ports/metrics.ts';

const nothing = () => {};

/** Metrics that do nothing; a test replaces those it needs. */
export const noMetrics = (some: Partial<Metrics> = {}): Metrics => ({
  report: nothing,
  reportOvertaken: nothing,
  reportWithoutChange: nothing,
  change: nothing,
  batch: nothing,
  snapshot: nothing,
  resync: nothing,
  commandSent: nothing,
  commandEnded: nothing,
  verification: nothing,
  lateResponse: nothing,
  registered: nothing,
  takeover: nothing,
  conflict: nothing,
  restricted: nothing,
  connectionLost: nothing,
  actorRestarted: nothing,
  uncaughtError: nothing,
  authFailure: nothing,
  refused: nothing,
  transportClosed: nothing,
  databaseWrite: nothing,
  pictureStored: nothing,
  pictureRefused: nothing,
  request: nothing,
  messagesLost: nothing,
  notification: nothing,
  scheduleRun: nothing,
  playerMoved: nothing,
  ...some,
});
