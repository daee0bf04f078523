import type { DesiredReason, DesiredStatus } from '../../machines/desired-status.ts';
import type { Time } from './document.ts';
import type { Tried } from './tried.ts';

/** Local times of day, `HH:MM`, from and to. */
type Spans = [string, string][];
type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** The desired state of a screen, and when it applies (SPEC G1). Without `during`: always. */
export interface DesiredState {
  playback: 'playing' | 'paused' | 'stopped';
  fullscreen?: boolean;
  during?: { [day in Weekday]?: Spans };
  giveUpAfter?: number;
}

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
