import { z } from 'zod';
import { Hours } from './alerts.ts';
import type * as plain from './desired-state.ts';

export { type DesiredReason, type DesiredStatus, desiredStatuses } from '../../machines/desired-status.ts';
export { type DesiredSource, desiredSources, type SetDesired, type ShownDesired } from './desired-state.ts';

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
export type DesiredState = plain.DesiredState;
