import type { Logger } from 'pino';
import { createAdminAuth } from '../access/admin-auth.ts';
import { AdminTokens } from '../access/admin-tokens.ts';
import { type BlockChanged, Blocks } from '../access/blocks.ts';
import { createClientAddress, createIsTrusted } from '../access/client-address.ts';
import { ConsoleSessions } from '../access/console-sessions.ts';
import { DeviceTokens } from '../access/device-tokens.ts';
import { FleetTokens } from '../access/fleet-tokens.ts';
import { GuessLimit } from '../access/guess-limit.ts';
import { createPlayerAuth } from '../access/player-auth.ts';
import { PlayerSignIn } from '../access/player-sign-in.ts';
import { createPreviousTokenUsers } from '../access/previous-token-users.ts';
import { SharedTokens, type SharedTokensListeners, type TokenChange } from '../access/shared-tokens.ts';
import { spaced } from '../access/spaced.ts';
import type { Secrets } from '../adapters/files/secrets.ts';
import type { Config } from '../config.ts';
import type { Audit } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import type { StateStore } from '../ports/state-store.ts';

interface AccessDeps {
  config: Config;
  secrets: Secrets;
  store: StateStore;
  clock: Clock;
  audit: Audit;
  signingKey: Uint8Array;
  log: Pick<Logger, 'warn'>;
  /** Called when an admin token was removed or has expired. */
  tokenRemoved(tokenId: string): void;
  /** Of the console. */
  sessions: { ended(id: string): void; isOpen(id: string): boolean };
  /** Called when the sessions of a device must sign in again. */
  sessionsEnded(deviceId: string): void;
  blockChanged: BlockChanged;
  /** Where changes go that other instances must know. */
  shared: SharedTokensListeners;
}

/** Shorter tokens can be guessed. */
const SHORT_TOKEN = 16;
/** Guessing must not load the database. */
const REREAD_MS = 1000;

/** Tokens, blocked ids, and the checks of sign-ins. */
export async function openAccess({ config, secrets, store, clock, audit, signingKey, log, ...on }: AccessDeps) {
  const shared = new SharedTokens(store, clock, on.shared);
  const fleetTokens = { tokens: secrets.playerTokens, graceMs: config.playerTokenGraceMs };
  const tokenRemoved = (id: string) => {
    on.tokenRemoved(id);
    sessions?.endAllOf(id);
  };
  const isCluster = config.redisUrl !== undefined;
  let sessions: ConsoleSessions | undefined;
  const admins = await AdminTokens.load(shared.store, clock, secrets.adminToken, tokenRemoved, signingKey);
  sessions = await ConsoleSessions.load(shared.store, clock, admins, { ...on.sessions, isCluster });
  const all = {
    admins,
    sessions,
    devices: await DeviceTokens.load(shared.store, clock, on.sessionsEnded),
    fleet: await FleetTokens.load(store, clock, fleetTokens, shared.store),
    blocks: await Blocks.load(shared.store, clock, on.blockChanged),
  };
  warnOf(secrets, all.fleet, log);
  const authenticate = createPlayerAuth({
    deviceTokens: all.devices,
    fleetTokens: all.fleet,
    deviceAuth: config.deviceAuth,
  });
  const guesses = new GuessLimit(clock);
  const rereadFleetTokens = spaced(clock, REREAD_MS, () => shared.reloadFleet(all.fleet));
  const playerSignIn = new PlayerSignIn({
    ...all,
    clock,
    log,
    reread: isCluster ? { device: shared.deviceReader(all.devices), fleetTokens: rereadFleetTokens } : undefined,
  });
  let { playerTokens } = secrets;
  const previousTokenUsed = createPreviousTokenUsers(audit, log);
  return {
    ...all,
    authenticateAdmin: createAdminAuth(admins, sessions),
    authenticatePlayer: (...given: Parameters<typeof authenticate>) => {
      const signedIn = authenticate(...given);
      if (signedIn.isPrevious) previousTokenUsed(signedIn.deviceId);
      return signedIn;
    },
    guesses,
    playerSignIn,
    /**
     * After a restart, restores which addresses have signed in with the fleet's token. Otherwise an attacker at a site
     * could lock out its players by guessing.
     */
    cameFrom: (address: string | null) => {
      if (address !== null) for (const token of playerTokens) guesses.remember(address, token);
    },
    clientAddress: createClientAddress(config.trustedProxies),
    isTrusted: createIsTrusted(config.trustedProxies),
    learn: (change: TokenChange) => shared.learn(change, all),
    reload: () => shared.reload(all),
    rereadFleetTokens,
    /** Applies tokens that were changed in their files. */
    configure: (changed: Pick<Secrets, 'adminToken' | 'playerTokens'>) => {
      ({ playerTokens } = changed);
      all.admins.replaceBootstrap(changed.adminToken);
      all.fleet.configure(playerTokens);
    },
    stop: () => {
      admins.stop();
      sessions.stop();
    },
  };
}

/** Warns at startup of settings that can lock out players or let others in. */
function warnOf({ generated, playerTokens }: Secrets, fleet: FleetTokens, log: Pick<Logger, 'warn'>): void {
  if (generated.playerToken) {
    log.warn(
      'PLAYER_TOKEN was generated at this start: players configured with another token will be REFUSED. Set PLAYER_TOKEN to theirs.',
    );
  }
  if (playerTokens.some((it) => it.length < SHORT_TOKEN)) {
    log.warn(
      `a PLAYER_TOKEN of fewer than ${SHORT_TOKEN} characters can be guessed, and it lets its owner act as any device`,
    );
  }
  if (fleet.previous > 0) {
    log.warn(
      'PLAYER_TOKEN has changed; the previous token stays valid for PLAYER_TOKEN_GRACE_MS, and devices that still use it are recorded (audit kind player.previous_token)',
    );
  }
}
