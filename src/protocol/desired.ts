import { z } from 'zod';
import type { DesiredReason, DesiredStatus } from '../../machines/keeper.ts';
import { Hours } from './alerts.ts';
import type { Time } from './document.ts';
import type { Tried } from './tried.ts';

export { type DesiredReason, type DesiredStatus, desiredStatuses } from '../../machines/keeper.ts';

/** What a screen is to be like, and when (SPEC G1). Left out `during`: always. */
export const DesiredState = z
  .strictObject({
    playback: z.enum(['playing', 'paused', 'stopped']),
    fullscreen: z.boolean().optional(),
    during: Hours.optional(),
    giveUpAfter: z.int().min(1).max(100).optional(),
  })
  .refine(({ playback, fullscreen }) => playback !== 'stopped' || fullscreen === undefined, {
    path: ['fullscreen'],
    message: 'must be left out where playback is stopped',
  });
export type DesiredState = z.output<typeof DesiredState>;

/** As it is stored. Set again, it is another one: what was given up is tried anew. */
export interface SetDesired extends DesiredState {
  setAt: Time;
  /** The name of the token. */
  setBy: string;
}

export const desiredSources = ['device', 'group', 'all'] as const;
/** Whose it is; the most specific one wins. */
export type DesiredSource = (typeof desiredSources)[number];

/** As the document shows it. */
export interface ShownDesired extends SetDesired {
  source: DesiredSource;
  status: DesiredStatus;
  /** Since when it is so for this reason. */
  since: Time;
  why: DesiredReason;
  /** Suspended by a command: whose, and until when. */
  by?: string;
  until?: Time;
  /** What was tried since something last changed, and how the last try ended. */
  tried?: (Tried & { lastAt: Time })[];
}
