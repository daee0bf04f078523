import type { Observation } from './observation.ts';

export const commandNames = ['vlc:play', 'vlc:pause', 'vlc:stop', 'vlc:fullscreen', 'vlc:snapshot'] as const;
export type CommandName = (typeof commandNames)[number];

export const commandEndings = ['success', 'error', 'timeout', 'undelivered', 'cancelled'] as const;
export type CommandEnding = (typeof commandEndings)[number];

/** How long a toggle waits for its baseline (SPEC C1). */
export const BASELINE_WAIT_MS = 1000;
/** How long to wait for a device that neither responds nor reports; the attempt's own timeout, if that is shorter. */
export const VERIFY_WAIT_MS = 5000;
/** How long a device that reports may take to measure again: a monitor interval of 30 s plus a busy VLC. */
export const VERIFY_LIMIT_MS = 45_000;
/** VLC can be busy: a command without a response may still take effect this long after the player received it. */
export const SETTLE_MS = 10_000;
/**
 * A player reads VLC and its sections in parallel: the VLC data may be this much older than the earliest section time.
 */
export const READ_SPREAD_MS = 500;
/** Maximum age of a player's cache, which may therefore show the state before a command. */
export const CACHE_MS = 3600_000;
/** How long a message may wait for an unresponsive client before its connection is closed. */
export const HANGING_MS = 60_000;
/** Maximum number of queued commands of a device (SPEC C3). */
export const QUEUE_LIMIT = 100;

/** A player's declaration of a command of its own (SPEC C9). */
export interface Declared {
  /** Sending it twice has the same effect as sending it once. */
  repeatable: boolean;
  /** The value that the state has after the command took effect. */
  proof?: { path: string; equals: unknown };
}

/** A command as sent to a player: a standard command or a declared one. */
export interface PlayerCommand {
  command: string;
  declared?: Declared | undefined;
}

/** These commands toggle: sending one twice undoes it. */
export function isToggle(command: string): boolean {
  return command === 'vlc:pause' || command === 'vlc:fullscreen';
}

/** Whether the command may be resent after a timeout, even if it has already taken effect. */
export function isRepeatable({ command, declared }: PlayerCommand): boolean {
  return declared ? declared.repeatable : !isToggle(command);
}

/** Whether this observation can be the baseline of the command. */
export function isBaselineFor({ command, declared }: PlayerCommand, seen: Observation): boolean {
  if (declared) return declared.proof !== undefined && Object.hasOwn(seen.values ?? {}, declared.proof.path);
  if (command === 'vlc:snapshot') return false;
  return command === 'vlc:fullscreen' ? seen.fullscreen !== undefined : seen.playback !== undefined;
}

/** `effect`: the command worked. `none`: nothing happened. `unclear`: neither is proven. */
export type Verdict = 'effect' | 'none' | 'unclear';

/**
 * Judges a command by the states before and after it. Only a change that this very command causes is its effect: a
 * video that ends by itself does not prove a pause. A state that already was as the command would make it proves
 * nothing.
 */
export function judge(sent: PlayerCommand, before: Observation | null, after: Observation): Verdict {
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
      // Old players cannot distinguish a pause from the end of an item, but an ended item is no longer the current one.
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

/** JSON equality. The order of keys may count because both values come from the same player. */
function isEqual(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
