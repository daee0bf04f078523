import type { Audit } from '../ports/audit.ts';

const MAX_DEVICES = 20_000;

/** Tells of each device that still comes with a fleet token that is not configured any more: once in a process. */
export function createPreviousTokenUsers(
  audit: Audit,
  log: { warn(about: object, message: string): void },
): (deviceId: string | undefined) => void {
  const told = new Set<string | undefined>();
  return (deviceId) => {
    if (told.has(deviceId) || told.size >= MAX_DEVICES) return;
    told.add(deviceId);
    log.warn({ deviceId }, 'a player still uses the previous PLAYER_TOKEN');
    audit.record({ actor: 'server', kind: 'player.previous_token', deviceId, outcome: 'ok' });
  };
}
