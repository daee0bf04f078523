import { z } from 'zod';
import type { DesiredReason, DesiredStatus } from '../../machines/keeper.ts';
import { Hours } from './alerts.ts';
import type { Time } from './document.ts';
import type { Tried } from './tried.ts';

export { type DesiredReason, type DesiredStatus, desiredStatuses } from '../../machines/keeper.ts';

/** The desired state of a screen, and when it applies (SPEC G1). Without `during`: always. */
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

/** A stored record. Setting the same state again starts over, including attempts that were given up. */
export interface SetDesired extends DesiredState {
  setAt: Time;
  /** The name of the token. */
  setBy: string;
}

export const desiredSources = ['device', 'group', 'all'] as const;
/** Where a desired state was set; the most specific source applies. */
export type DesiredSource = (typeof desiredSources)[number];

/** As part of the device document. */
export interface ShownDesired extends SetDesired {
  source: DesiredSource;
  status: DesiredStatus;
  /** Since when `status` and `why` are as they are. */
  since: Time;
  why: DesiredReason;
  /** If suspended: by whose command, and until when. */
  by?: string;
  until?: Time;
  /** Attempts since the last change, and the result of the last one. */
  tried?: (Tried & { lastAt: Time })[];
}
