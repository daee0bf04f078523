import * as client from 'openid-client';
import type { IdentityProvider, ProvidedUser, SignInChecks } from '../ports/identity-provider.ts';

export interface OidcSettings {
  issuer: string;
  clientId: string;
  clientSecret: string | undefined;
  name: string | undefined;
  scope: string;
  groupsClaim: string;
  /** The callback's full address. */
  redirectUri: string;
}

const TIMEOUT_S = 10;

export function createOidc(settings: OidcSettings): IdentityProvider {
  const { issuer, scope, redirectUri, groupsClaim } = settings;
  let discovered: Promise<client.Configuration> | undefined;
  /** Once it has answered, its metadata is kept until the restart. */
  const discover = () => {
    discovered ??= discoverProvider(settings).catch((error) => {
      discovered = undefined;
      throw error;
    });
    return discovered;
  };
  return {
    name: settings.name ?? new URL(issuer).host,
    async begin() {
      const config = await discover();
      const checks: SignInChecks = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      };
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope,
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(checks.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, checks };
    },
    async finish(search, { state, nonce, verifier }) {
      const config = await discover();
      const tokens = await client.authorizationCodeGrant(config, new URL(redirectUri + search), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims() as Claims;
      // Some providers tell groups and names only there.
      const isComplete = claims[groupsClaim] !== undefined || !config.serverMetadata().userinfo_endpoint;
      const more = isComplete ? {} : await client.fetchUserInfo(config, tokens.access_token, claims.sub);
      return userOf({ ...more, ...claims }, issuer, groupsClaim);
    },
  };
}

/** @throws Error if the provider does not answer as it should */
export function discoverProvider({
  issuer,
  clientId,
  clientSecret,
}: Pick<OidcSettings, 'issuer' | 'clientId' | 'clientSecret'>) {
  const auth = clientSecret === undefined ? client.None() : client.ClientSecretPost(clientSecret);
  return client.discovery(new URL(issuer), clientId, undefined, auth, {
    timeout: TIMEOUT_S,
    // The configuration allows http for this machine only.
    execute: new URL(issuer).protocol === 'http:' ? [client.allowInsecureRequests] : [],
  });
}

type Claims = Record<string, unknown> & { sub: string };

function userOf(claims: Claims, issuer: string, groupsClaim: string): ProvidedUser {
  const text = (name: string) => (typeof claims[name] === 'string' && claims[name] !== '' ? claims[name] : undefined);
  const groups = claims[groupsClaim];
  return {
    subject: `${issuer} ${claims.sub}`,
    name: text('preferred_username') ?? text('email') ?? text('name') ?? claims.sub,
    memberOf: (Array.isArray(groups) ? groups : [groups]).filter((it): it is string => typeof it === 'string'),
  };
}
