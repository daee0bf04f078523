import type { Audit } from '../ports/audit.ts';

const MAX_DEVICES = 20_000;

/** Logs and audits each device that still uses a fleet token which is no longer configured, once per process. */
export function createPreviousTokenUsers(
  audit: Audit,
  log: { warn(about: object, message: string): void },
): (deviceId: string | undefined) => void {
  const reported = new Set<string | undefined>();
  return (deviceId) => {
    if (reported.has(deviceId) || reported.size >= MAX_DEVICES) return;
    reported.add(deviceId);
    log.warn({ deviceId }, 'a player still uses the previous PLAYER_TOKEN');
    audit.record({ actor: 'server', kind: 'player.previous_token', deviceId, outcome: 'ok' });
  };
}
