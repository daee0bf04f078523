import type { Update, VersionedDocument } from './document.ts';

/** `state:updated`: one batch of updates, in order. With `encoding: 'deflate'`, the same object as raw-deflated JSON. */
export interface StreamMessage {
  cursor: string;
  updates: readonly Update[];
}

/** Whole documents, and how many follow in later parts (SPEC S8). With `deflate`, `devices` is raw-deflated JSON. */
export interface Part {
  devices: readonly VersionedDocument[];
  more: number;
}

/** The response to a subscription: the updates since its cursor, or the documents. */
export type Subscribed =
  | { cursor: string; resumed: true; updates: readonly Update[] }
  | ({ cursor: string; resumed?: undefined } & Part);
