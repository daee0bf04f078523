import type { Logger } from 'pino';
import type { AdminTokens } from '../access/admin-tokens.ts';
import { createRolloutLog } from '../adapters/database/rollout-log.ts';
import type { Config } from '../config.ts';
import type { CommandDesk } from '../fleet/command-desk.ts';
import type { Clock } from '../ports/clock.ts';
import { Rollouts, type RolloutsDeps } from '../rollouts/rollouts.ts';
import { rolloutEvent } from '../webhooks/events.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { Storage } from './storage.ts';

interface Deps {
  config: Pick<Config, 'nodeId' | 'streamIntervalMs'>;
  clock: Clock;
  log: Logger;
  storage: Pick<Storage, 'database' | 'store' | 'audit'>;
  desk: CommandDesk;
  devices: RolloutsDeps['fleet'];
  share: RolloutsDeps['share'];
  tokens: Pick<AdminTokens, 'identity'>;
  webhooks: Pick<Webhooks, 'enqueue'>;
}

/** The rollouts, and their events for webhooks. */
export function openRollouts({ config, clock, log, storage, desk, devices, share, tokens, webhooks }: Deps): Rollouts {
  const { database, store, audit } = storage;
  return new Rollouts({
    ...{ store, audit, clock, log, share },
    commands: desk,
    identity: (tokenId) => tokens.identity(tokenId),
    fleet: devices,
    history: createRolloutLog(database),
    node: config.nodeId,
    intervalMs: config.streamIntervalMs,
    statusChanged: (type, { document, groups }) => webhooks.enqueue(rolloutEvent(type, document, groups)),
  });
}
