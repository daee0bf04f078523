import type { Clock } from '../ports/clock.ts';
import type { Identity } from '../protocol/admin.ts';
import { VigiaError } from '../protocol/errors.ts';
import { type Role, roles } from '../protocol/roles.ts';
import { isSigned, sign } from './signatures.ts';
import { hash } from './tokens.ts';

export interface Exchange {
  role?: Role | undefined;
  groups?: readonly string[] | undefined;
  lifetimeMs: number;
}

/** Nothing is stored of these tokens, so every instance knows them at once: they say what they are, and are signed. */
interface Claims {
  parent: string;
  role: Role;
  groups?: readonly string[];
  expiresAt: number;
}

interface Parents {
  identity(tokenId: string): Identity | undefined;
  /** A value that changes with ADMIN_TOKEN, and that nobody can compute without it. */
  sealed(secret: string): string;
}

const PREFIX = 'vx_';
const FORM = /^vx_([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;
const MAX_LENGTH = 32_768;
/** The longest lifetime is a day. The clocks of two instances differ a little. */
const MAX_LEFT_MS = 86_400_000 + 300_000;

export const isExchanged = (token: string): boolean => token.startsWith(PREFIX);

/** Short-lived tokens for browsers, made from a token of a server. They end with it (SPEC A11). */
export class ExchangedTokens {
  readonly #key: Uint8Array;
  readonly #clock: Pick<Clock, 'wall'>;
  readonly #parents: Parents;

  constructor(key: Uint8Array, clock: Pick<Clock, 'wall'>, parents: Parents) {
    this.#key = key;
    this.#clock = clock;
    this.#parents = parents;
  }

  /** @throws VigiaError `forbidden` if it would have more rights, or `by` is no token that lasts */
  issue(by: Identity, { role = by.role, groups = by.groups, lifetimeMs }: Exchange): { token: string; is: Identity } {
    if (by.expiresAt !== undefined || by.sessionId !== undefined) {
      throw new VigiaError('forbidden', 'Only a token itself can be exchanged: no exchanged one, and no session.');
    }
    if (!hasAtMost(role, by.role)) {
      throw new VigiaError('forbidden', `The token "${by.name}" is of the role ${by.role}.`);
    }
    const others = by.groups && groups?.filter((group) => !by.groups?.includes(group));
    if (others && others.length > 0) {
      throw new VigiaError('forbidden', `The token "${by.name}" is not for the group "${others[0]}".`);
    }
    const claims: Claims = {
      parent: by.tokenId,
      role,
      ...(groups && { groups: [...new Set(groups)] }),
      expiresAt: this.#clock.wall() + lifetimeMs,
    };
    const text = Buffer.from(JSON.stringify(claims)).toString('base64url');
    const signature = sign(this.#key, 'token', this.#signed(text));
    return { token: `${PREFIX}${text}.${signature}`, is: identityOf(claims, by) };
  }

  /** Undefined if it was not issued here, has expired, or the token that it was made from has ended. */
  verify(token: string): Identity | undefined {
    const claims = this.#claimsOf(token);
    const left = claims ? claims.expiresAt - this.#clock.wall() : 0;
    if (!claims || left <= 0 || left > MAX_LEFT_MS) return undefined;
    const parent = this.#parents.identity(claims.parent);
    return parent && isWithin(claims, parent) ? identityOf(claims, parent) : undefined;
  }

  /** When it expired; undefined if it has not. */
  expiry(token: string): string | undefined {
    const claims = this.#claimsOf(token);
    return claims && claims.expiresAt <= this.#clock.wall() ? new Date(claims.expiresAt).toISOString() : undefined;
  }

  #claimsOf(token: string): Claims | undefined {
    const [, text, signature] = (token.length <= MAX_LENGTH && FORM.exec(token)) || [];
    if (text === undefined || signature === undefined) return undefined;
    const claims = parsed(text);
    return claims && isSigned(this.#key, 'token', this.#signed(text), signature) ? claims : undefined;
  }

  /** With the seal, the database alone is not enough to make a token. It ends with the ADMIN_TOKEN of its time. */
  #signed(text: string): string {
    return `${text} ${this.#parents.sealed(String(this.#key))}`;
  }
}

const hasAtMost = (role: Role, of: Role) => roles.indexOf(role) <= roles.indexOf(of);

const isWithin = ({ role, groups }: Claims, parent: Identity): boolean =>
  hasAtMost(role, parent.role) &&
  (parent.groups === undefined || (groups ?? ['']).every((group) => parent.groups?.includes(group)));

/** Not to be trusted yet. */
function parsed(text: string): Claims | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return typeof (claims as Partial<Claims> | null)?.parent === 'string' ? (claims as Claims) : undefined;
  } catch {
    return undefined;
  }
}

function identityOf({ role, groups, expiresAt }: Claims, parent: Identity): Identity {
  const { tokenId, name } = parent;
  const isNarrower = role !== parent.role || JSON.stringify(groups) !== JSON.stringify(parent.groups);
  // Whoever has fewer rights must not get what is for the others.
  const id = isNarrower ? `${tokenId}~${hash(JSON.stringify([role, groups])).slice(0, 16)}` : tokenId;
  return { tokenId: id, parentId: tokenId, name, role, ...(groups && { groups }), expiresAt };
}
