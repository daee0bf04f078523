/** The cookie of a console session. Cookies ignore ports, so its name has that of the `Host` header, if there is one. */
export function cookieName(host: string | undefined): string {
  const [, port] = /:(\d{1,5})$/.exec(host ?? '') ?? [];
  return port === undefined ? 'vigia_session' : `vigia_session_${port}`;
}

/** The secret in a `Cookie` header. The most specific path comes first (RFC 6265). */
export function sessionSecretIn(cookies: string | undefined, host: string | undefined): string | undefined {
  return new RegExp(`(?:^|; *)${cookieName(host)}=(vs_[A-Za-z0-9_-]{43})(?:;|$)`).exec(cookies ?? '')?.[1];
}

interface CookiePlace {
  /** The `Host` header. */
  host: string | undefined;
  /** BASE_PATH. */
  basePath: string;
  /** The browser came by https, here or at a trusted proxy. */
  isSecure: boolean;
}

/**
 * Scripts cannot read it, and no other site can send it. It expires after a time instead of at a time, since the
 * browser's clock may be wrong.
 */
export function sessionCookie(secret: string, lifeMs: number, { host, basePath, isSecure }: CookiePlace): string {
  const attributes = `Path=${basePath || '/'}; Max-Age=${Math.floor(lifeMs / 1000)}; HttpOnly; SameSite=Strict`;
  return `${cookieName(host)}=${secret}; ${attributes}${isSecure ? '; Secure' : ''}`;
}

/** Removes it. */
export const noSessionCookie = (place: CookiePlace): string => sessionCookie('', 0, place);

/** The headers by which a browser says where a request comes from. */
export interface RequestOrigin {
  origin: string | undefined;
  secFetchSite: string | undefined;
  host: string | undefined;
  /** From a trusted proxy only. */
  forwardedHost: string | undefined;
}

/** Does nothing speak against a request by a page of this server? A read by the page itself has no `Origin`. */
export function isSameOrigin({ origin, secFetchSite, host, forwardedHost }: RequestOrigin): boolean {
  // Browsers send it to https and localhost only. It does not depend on what a proxy does to `Host`.
  if (secFetchSite !== undefined) return secFetchSite === 'same-origin';
  if (origin === undefined) return true;
  const from = hostOf(origin);
  return from !== undefined && [host, forwardedHost].some((it) => it?.toLowerCase() === from);
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** A page of another origin cannot send it: CORS does not allow it. */
export const SESSION_HEADER = 'x-vigia-session';
