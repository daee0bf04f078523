import type { Time } from './document.ts';

/** A browser that is signed in to the console, as `GET /api/v1/sessions` lists it (SPEC A10). */
export interface ListedSession {
  id: string;
  /** The name of the token. */
  name: string;
  createdAt: Time;
  lastUsedAt?: Time;
  expiresAt: Time;
  address: string;
  userAgent: string;
  /** It asked for the list. */
  current: boolean;
}
