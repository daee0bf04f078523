import { createAdminAuth } from '../access/admin-auth.ts';
import { AdminTokens } from '../access/admin-tokens.ts';
import { Blocks } from '../access/blocks.ts';
import { createClientAddress } from '../access/client-address.ts';
import { DeviceTokens } from '../access/device-tokens.ts';
import { createFailureThrottle } from '../access/failure-throttle.ts';
import { createPlayerAuth } from '../access/player-auth.ts';
import { SharedTokens, type TokenNews } from '../access/shared-tokens.ts';
import type { Secrets } from '../adapters/files/secrets.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../ports/clock.ts';
import type { StateStore } from '../ports/state-store.ts';

interface AccessDeps {
  config: Config;
  secrets: Secrets;
  store: StateStore;
  clock: Clock;
}

/** Who may come in: tokens, blocked ids, and how sign-ins are checked. */
export async function openAccess({ config, secrets, store, clock }: AccessDeps) {
  const shared = new SharedTokens(store);
  const all = {
    admins: await AdminTokens.load(shared.store, clock, secrets.adminToken),
    devices: await DeviceTokens.load(shared.store),
    blocks: await Blocks.load(shared.store, clock),
  };
  return {
    ...all,
    authenticateAdmin: createAdminAuth(all.admins),
    authenticatePlayer: createPlayerAuth({
      deviceTokens: all.devices,
      playerTokenHash: secrets.playerTokenHash,
      deviceAuth: config.deviceAuth,
    }),
    throttle: createFailureThrottle(clock),
    clientAddress: createClientAddress(config.trustedProxies),
    learn: (news: TokenNews) => shared.learn(news, all),
    reload: () => shared.reload(all),
    tellTo: shared.tellTo.bind(shared),
  };
}
