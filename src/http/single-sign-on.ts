import type { Context } from 'hono';
import { USER_SESSION_MAX_MS } from '../access/console-sessions.ts';
import { addressBlock } from '../ports/address.ts';
import type { Audit } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import type { IdentityProvider, SignInChecks } from '../ports/identity-provider.ts';
import type { Metrics } from '../ports/metrics.ts';
import { TokenBuckets } from '../ports/rate.ts';
import type { Identity } from '../protocol/admin.ts';
import { VigiaError } from '../protocol/errors.ts';
import { type RoleRule, roleOf } from '../protocol/role-rules.ts';
import { type Api, addressOf, type HttpEnv } from './env.ts';
import { openFor, type SessionDesk } from './sessions.ts';

export interface SingleSignOn {
  provider: IdentityProvider;
  rules: readonly RoleRule[];
  /** Browsers come by https. */
  isSecure: boolean;
}

interface Deps {
  singleSignOn?: SingleSignOn | undefined;
  tokens: { signInUser(subject: string, wanted: Pick<Identity, 'name' | 'role' | 'groups'>): Promise<Identity> };
  sessions: SessionDesk;
  audit: Audit;
  metrics: Pick<Metrics, 'authFailure'>;
  clock: Clock | Pick<Clock, 'now' | 'wall'>;
  log: { warn(about: object, message: string): void };
  basePath: string;
}

export const SSO_PATHS = ['/api/v1/session/oidc', '/api/v1/session/oidc/callback'] as const;

const COOKIE = 'vigia_oidc';
/** How long the user may take at the provider. */
const VALID_S = 600;
/** Sign-ins from one address block: per second, and as a burst. Each asks the provider. */
const PER_SECOND = 0.5;
const BURST = 20;
const MAX_BLOCKS = 10_000;
const MAX_NAME = 64;

interface Pending extends SignInChecks {
  /** The page to open afterwards. */
  to: string;
}

/** Why there is no session; shown by the console. */
type Refusal = 'denied' | 'failed' | 'unavailable';

/** Signing in at an OpenID Connect provider (SPEC A14). Both calls are pages that the browser opens. */
export function singleSignOnRoutes(
  app: Api,
  { singleSignOn, tokens, sessions, audit, metrics, log, clock, basePath }: Deps,
): void {
  if (!singleSignOn) return;
  const { provider, rules, isSecure } = singleSignOn;
  const rate = new TokenBuckets(clock, PER_SECOND, BURST, MAX_BLOCKS);
  const [start, callback] = SSO_PATHS;
  const cookie = (value: string, maxAge: number) =>
    // The provider leads back here from another site, so it cannot be `Strict`.
    `${COOKIE}=${value}; Path=${basePath}${start}; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;

  const back = (c: Context<HttpEnv>, refusal: Refusal, error: unknown) => {
    const outcome = refusal === 'unavailable' ? 'unavailable' : 'unauthorized';
    log.warn({ err: error, reason: refusal }, 'a sign-in at the identity provider led to no session');
    metrics.authFailure('admin', refusal);
    const details = { audience: 'oidc', reason: refusal };
    audit.record({ actor: addressOf(c), kind: 'login.failed', outcome, details });
    return c.redirect(`/?sso=${refusal}`);
  };
  const mustBeWithinRate = (c: Context<HttpEnv>) => {
    if (!rate.of(addressBlock(addressOf(c))).take()) throw new VigiaError('rate_limited');
  };

  app.get(start, async (c) => {
    mustBeWithinRate(c);
    try {
      const { url, checks } = await provider.begin();
      const pending: Pending = { ...checks, to: ownPath(c.req.query('to')) };
      c.header('Set-Cookie', cookie(Buffer.from(JSON.stringify(pending)).toString('base64url'), VALID_S));
      return c.redirect(url);
    } catch (error) {
      return back(c, 'unavailable', error);
    }
  });

  app.get(callback, async (c) => {
    mustBeWithinRate(c);
    const pending = pendingIn(c.req.header('cookie'));
    c.header('Set-Cookie', cookie('', 0), { append: true });
    if (!pending) return back(c, 'failed', new Error('the browser did not begin here, or took too long'));
    let user: Awaited<ReturnType<IdentityProvider['finish']>>;
    try {
      user = await provider.finish(new URL(c.req.url).search, pending);
    } catch (error) {
      return back(c, 'failed', error);
    }
    const rights = roleOf(rules, user.memberOf);
    if (!rights) return back(c, 'denied', new Error('none of the groups has a role'));
    const identity = await tokens.signInUser(user.subject, { name: user.name.slice(0, MAX_NAME), ...rights });
    const { id } = await openFor(c, sessions, identity, basePath, USER_SESSION_MAX_MS);
    const details = {
      tokenId: identity.tokenId,
      sessionId: id,
      role: identity.role,
      address: addressOf(c),
      by: 'oidc',
    };
    audit.record({ actor: identity.name, kind: 'session.opened', outcome: 'ok', details });
    return c.redirect(pending.to);
  });
}

/** A path of this server, and no address elsewhere. */
const ownPath = (to: string | undefined): string =>
  to !== undefined && /^\/(?![/\\])[!-~]{0,1000}$/.test(to) ? to : '/';

function pendingIn(cookies: string | undefined): Pending | undefined {
  const [, value = ''] = new RegExp(`(?:^|; *)${COOKIE}=([A-Za-z0-9_-]+)(?:;|$)`).exec(cookies ?? '') ?? [];
  try {
    const { state, nonce, verifier, to } = JSON.parse(Buffer.from(value, 'base64url').toString());
    const isGood = [state, nonce, verifier].every((it) => typeof it === 'string' && it.length > 20);
    return isGood ? { state, nonce, verifier, to: ownPath(to) } : undefined;
  } catch {
    return undefined;
  }
}
