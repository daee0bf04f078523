import type { Observation } from './observation.ts';
import { type CommandName, isBaselineFor, isRepeatable, type Sent } from './policy.ts';

export const intentNames = ['play', 'resume', 'pause', 'stop', 'fullscreen:on', 'fullscreen:off', 'snapshot'] as const;
/** What is wanted of a screen, where a command is only the button on its player (SPEC C8). */
export type IntentName = (typeof intentNames)[number];

const commands: Readonly<Record<IntentName, CommandName>> = {
  play: 'vlc:play',
  resume: 'vlc:play',
  pause: 'vlc:pause',
  stop: 'vlc:stop',
  'fullscreen:on': 'vlc:fullscreen',
  'fullscreen:off': 'vlc:fullscreen',
  snapshot: 'vlc:snapshot',
};

export function isIntent(name: string): name is IntentName {
  return Object.hasOwn(commands, name);
}

/** The command that a player is sent for what was asked: an intent's own, or the one that is named. */
export function commandFor<Name extends string>(name: Name): CommandName | Exclude<Name, IntentName> {
  return isIntent(name) ? commands[name] : (name as Exclude<Name, IntentName>);
}

export type Decision =
  | 'send'
  /** It is as wanted: nothing is sent. */
  | 'already so'
  /** What the command would do is not known: nothing is sent. */
  | 'unproven'
  /** A measurement is asked for first. */
  | 'measure';

export interface Wish extends Sent {
  intent?: IntentName | undefined;
  /** Send it, even where what it does is not known. */
  force?: boolean | undefined;
}

/**
 * Whether a command is sent, by what was measured after the one before it.
 * @param isLast nothing else will be measured in time
 */
export function decide({ intent, force, ...sent }: Wish, measured: Observation | null, isLast: boolean): Decision {
  const seen = measured && isBaselineFor(sent, measured) ? measured : null;
  if (intent === undefined) return seen || isLast || !needsBaseline(sent) ? 'send' : 'measure';
  if (intent === 'snapshot') return 'send';
  const decision = seen ? bySeen(intent, seen) : undefined;
  if (decision) return decision;
  if (!isLast) return 'measure';
  return force || intent === 'play' || intent === 'stop' ? 'send' : 'unproven';
}

/** Whether it may be sent again after silence is seen in the state before it and the one after. */
function needsBaseline(sent: Sent): boolean {
  return !isRepeatable(sent) && (sent.declared === undefined || sent.declared.proof !== undefined);
}

/** Undefined: what was measured does not tell. */
function bySeen(intent: IntentName, { playback, fullscreen }: Observation): Decision | undefined {
  switch (intent) {
    case 'play':
      return playback === 'playing' ? 'already so' : 'send';
    case 'resume':
      // Old players do not tell a pause from a stop.
      if (playback === 'not playing') return undefined;
      return playback === 'paused' ? 'send' : 'already so';
    case 'pause':
      return playback === 'playing' ? 'send' : 'already so';
    case 'stop':
      return playback === 'stopped' ? 'already so' : 'send';
    case 'fullscreen:on':
      return fullscreen ? 'already so' : 'send';
    case 'fullscreen:off':
      return fullscreen ? 'send' : 'already so';
    case 'snapshot':
      return 'send';
  }
}
