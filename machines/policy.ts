import type { Observation } from './observation.ts';

export const commandNames = ['vlc:play', 'vlc:pause', 'vlc:stop', 'vlc:fullscreen', 'vlc:snapshot'] as const;
export type CommandName = (typeof commandNames)[number];

export const commandEndings = ['success', 'error', 'timeout', 'undelivered', 'cancelled'] as const;
export type CommandEnding = (typeof commandEndings)[number];

/** How long a toggle waits for the state it is to be judged by (SPEC C1). */
export const BASELINE_WAIT_MS = 1000;
/** After silence a device that does not even report is waited for this long; an attempt's timeout, where that is shorter. */
export const VERIFY_WAIT_MS = 5000;
/** One that reports is given this long to measure again: a monitor of 30 s, and what a busy VLC takes. */
export const VERIFY_LIMIT_MS = 45_000;
/** VLC can be busy: a command that got no answer may take effect until so long after the player had it. */
export const SETTLE_MS = 10_000;
/** A player reads VLC and the sections with a time side by side: VLC up to so long before the earliest of those times. */
export const READ_SPREAD_MS = 500;
/** A cache that a player sends may be so old, and hold what was before a command. */
export const CACHE_MS = 3600_000;
/** So long a message may wait for a client that hangs, before its connection is given up. */
export const HANGING_MS = 60_000;
/** At most so many commands wait for one device (SPEC C3). */
export const QUEUE_LIMIT = 100;

/** What a player declared of a command of its own (SPEC C9). */
export interface Declared {
  /** Sending it twice is as good as sending it once. */
  repeatable: boolean;
  /** What its state holds once the command took effect. */
  proof?: { path: string; equals: unknown };
}

/** A command as it is sent to a player: one that every player knows, or one that it declared. */
export interface Sent {
  command: string;
  declared?: Declared | undefined;
}

/** On the player these flip what is; sending one twice undoes it. */
export function isToggle(command: string): boolean {
  return command === 'vlc:pause' || command === 'vlc:fullscreen';
}

/** May it be sent again after silence, whether or not it took effect? */
export function isRepeatable({ command, declared }: Sent): boolean {
  return declared ? declared.repeatable : !isToggle(command);
}

/** Can this observation serve as the state before a command, to be compared with the one after? */
export function isBaselineFor({ command, declared }: Sent, seen: Observation): boolean {
  if (declared) return declared.proof !== undefined && Object.hasOwn(seen.values ?? {}, declared.proof.path);
  if (command === 'vlc:snapshot') return false;
  return command === 'vlc:fullscreen' ? seen.fullscreen !== undefined : seen.playback !== undefined;
}

/** 'effect': the command did it. 'none': nothing happened. 'unclear': neither is proven. */
export type Verdict = 'effect' | 'none' | 'unclear';

/**
 * What two states, one before and one after a command, prove about it.
 * Only a change that this very command makes is its effect: a video that ended by itself proves nothing about a pause.
 * And a state that was there before, and is what the command would make of it, proves nothing either way.
 */
export function judge(sent: Sent, before: Observation | null, after: Observation): Verdict {
  if (!before || !isBaselineFor(sent, before) || !isBaselineFor(sent, after)) return 'unclear';
  const { command, declared } = sent;
  if (declared?.proof) return judgeByProof(declared.proof, before, after);
  const was = before.playback;
  const is = after.playback;
  switch (command) {
    case 'vlc:fullscreen':
      return before.fullscreen === after.fullscreen ? 'none' : 'effect';
    case 'vlc:pause':
      if (was === is) return 'none';
      if (was !== 'playing') return is === 'playing' ? 'effect' : 'unclear';
      // Old players cannot tell a pause from an end, but for the item: what ended is not the current one any more.
      if (is === 'not playing') return before.item === after.item ? 'effect' : 'unclear';
      return is === 'paused' ? 'effect' : 'unclear';
    case 'vlc:play':
      if (is === 'playing') return was === 'playing' ? 'unclear' : 'effect';
      return was === is ? 'none' : 'unclear';
    case 'vlc:stop':
      if (was === 'stopped' || was === 'not playing') return 'unclear';
      if (was === is) return 'none';
      return is === 'stopped' || (is === 'not playing' && was === 'playing') ? 'effect' : 'unclear';
    default:
      return 'unclear';
  }
}

function judgeByProof({ path, equals }: NonNullable<Declared['proof']>, before: Observation, after: Observation) {
  const [was, is] = [before.values?.[path], after.values?.[path]];
  if (isEqual(was, equals)) return 'unclear';
  if (isEqual(is, equals)) return 'effect';
  return isEqual(was, is) ? 'none' : 'unclear';
}

/** Of JSON. The order of keys counts: it is the same player that says both. */
function isEqual(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
