import type { Logger } from 'pino';
import type { Audit } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import { TokenBuckets } from '../ports/rate.ts';

/** Seconds between two entries for the same device. */
const EVERY_S = 600;
const MAX_DEVICES = 1000;

/** Logs when a device's history becomes coarse (SPEC H11). */
export function coarseHistories(deps: { audit: Audit; clock: Clock; log: Pick<Logger, 'warn'> }) {
  const logged = new TokenBuckets(deps.clock, 1 / EVERY_S, 1, MAX_DEVICES);
  return (deviceId: string): void => {
    if (!logged.of(deviceId).take()) return;
    deps.log.warn({ deviceId }, 'the device exceeds its journal budget; its history is coarse for now');
    deps.audit.record({ actor: 'server', kind: 'device.history_coarse', deviceId, outcome: 'ok' });
  };
}
