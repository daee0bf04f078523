/** What the browser keeps between leaving for the identity provider and coming back. */
export interface SignInChecks {
  state: string;
  nonce: string;
  verifier: string;
}

/** Whom the identity provider has signed in. */
export interface ProvidedUser {
  /** Identifies the user for good, at this provider. */
  subject: string;
  name: string;
  /** The provider's groups. */
  memberOf: readonly string[];
}

/** An OpenID Connect provider: authorization code with PKCE. */
export interface IdentityProvider {
  /** For the button. */
  name: string;
  /**
   * Where to send the browser.
   * @throws Error if the provider does not answer
   */
  begin(): Promise<{ url: string; checks: SignInChecks }>;
  /**
   * @param search the query with which the browser came back
   * @throws Error if the provider refuses it, or its answer is not what it should be
   */
  finish(search: string, checks: SignInChecks): Promise<ProvidedUser>;
}
