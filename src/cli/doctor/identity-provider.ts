import { discoverProvider } from '../../adapters/oidc.ts';
import type { Config } from '../../config.ts';
import { codeOf, connectionFault, type Finding, findingsOf, messageOf } from './finding.ts';

/** Whether the OpenID Connect provider answers, and says of itself what is configured. */
export async function checkIdentityProvider(config: Config): Promise<Finding[]> {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecret: clientSecret } = config;
  if (issuer === undefined || clientId === undefined) return [];
  const { ok, fault } = findingsOf('sign-in');
  const place = `The identity provider at ${issuer}`;
  try {
    await discoverProvider({ issuer, clientId, clientSecret });
    return [ok(`${place} answers.`)];
  } catch (error) {
    if (codeOf(error).startsWith('E')) {
      const { text, remedy } = connectionFault(error, new URL(issuer).host);
      return [fault(text, remedy)];
    }
    return [
      fault(
        `${place} cannot be used: ${messageOf(error)}.`,
        'OIDC_ISSUER must be the issuer exactly as the provider writes it.',
      ),
    ];
  }
}
