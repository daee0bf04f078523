import { z } from 'zod';
import type { Time } from './document.ts';

const MAX_NAME = 128;
/** The longest filter, escaped, and the rest of the address. */
const MAX_QUERY = 4096;
export const MAX_VIEWS = 200;

const name = z.string().trim().min(1).max(MAX_NAME);
const query = z.string().max(MAX_QUERY);

export const NewView = z.strictObject({ name, query });
export type NewView = z.output<typeof NewView>;

/** Missing fields stay. */
export const ViewEdit = z.strictObject({ name: name.optional(), query: query.optional() });
export type ViewEdit = z.output<typeof ViewEdit>;

/** A named view of the wall. */
export interface SavedView {
  id: string;
  name: string;
  /** The query of the wall's address: filter, density and order. */
  query: string;
  createdAt: Time;
  createdBy: string;
  changedAt: Time;
  changedBy: string;
}
