import { z } from 'zod';
import type { AlertAct } from './alert-work.ts';

export * from './alert-work.ts';

const MAX_MUTE_MS = 30 * 86_400_000;
const text = z.string().trim().min(1).max(2000);
const comment = text.optional();

/** The body of each act. */
export const actBodies = {
  acknowledge: z.strictObject({ comment }),
  unacknowledge: z.strictObject({ comment }),
  mute: z.strictObject({ forMs: z.int().min(60_000).max(MAX_MUTE_MS), comment }),
  unmute: z.strictObject({ comment }),
  assign: z.strictObject({ to: z.string().trim().min(1).max(256).nullable(), comment }),
  comment: z.strictObject({ comment: text }),
  close: z.strictObject({ comment }),
} as const satisfies Record<AlertAct, z.ZodType>;
