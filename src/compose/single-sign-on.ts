import { createOidc } from '../adapters/oidc.ts';
import type { Config } from '../config.ts';
import type { SingleSignOn } from '../http/single-sign-on.ts';
import { SSO_PATHS } from '../http/single-sign-on.ts';

/** Undefined if no identity provider is configured. */
export function singleSignOnOf(config: Config): SingleSignOn | undefined {
  const { oidcIssuer, oidcClientId, oidcRoles, publicUrl } = config;
  if (oidcIssuer === undefined || oidcClientId === undefined || !oidcRoles || publicUrl === undefined) return undefined;
  const provider = createOidc({
    issuer: oidcIssuer,
    clientId: oidcClientId,
    clientSecret: config.oidcClientSecret,
    name: config.oidcName,
    scope: config.oidcScope,
    groupsClaim: config.oidcGroupsClaim,
    redirectUri: publicUrl.replace(/\/$/, '') + SSO_PATHS[1],
  });
  return { provider, rules: oidcRoles, isSecure: publicUrl.startsWith('https:') };
}
