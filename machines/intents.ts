import type { Observation } from './observation.ts';
import { type CommandName, isBaselineFor, isRepeatable, type PlayerCommand } from './policy.ts';

export const intentNames = ['play', 'resume', 'pause', 'stop', 'fullscreen:on', 'fullscreen:off', 'snapshot'] as const;
/** The state a user wants a screen to be in. A command, in contrast, is a button press on its player (SPEC C8). */
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

/** The player command for an intent; any other name is returned unchanged. */
export function commandFor<Name extends string>(name: Name): CommandName | Exclude<Name, IntentName> {
  return isIntent(name) ? commands[name] : (name as Exclude<Name, IntentName>);
}

export type Decision =
  | 'send'
  /** The device already is in the wanted state: send nothing. */
  | 'already so'
  /** The effect of the command cannot be predicted: send nothing. */
  | 'unproven'
  /** Request a measurement first. */
  | 'measure';

export interface CommandRequest extends PlayerCommand {
  intent?: IntentName | undefined;
  /** Send even if the effect cannot be predicted. */
  force?: boolean | undefined;
}

/**
 * Decides whether to send a command.
 * @param measured measurement made after the previous command ended
 * @param isLast no further measurement will arrive in time
 */
export function decide(
  { intent, force, ...sent }: CommandRequest,
  measured: Observation | null,
  isLast: boolean,
): Decision {
  const seen = measured && isBaselineFor(sent, measured) ? measured : null;
  if (intent === undefined) return seen || isLast || !needsBaseline(sent) ? 'send' : 'measure';
  if (intent === 'snapshot') return 'send';
  const decision = seen ? decideByState(intent, seen) : undefined;
  if (decision) return decision;
  if (!isLast) return 'measure';
  return force || intent === 'play' || intent === 'stop' ? 'send' : 'unproven';
}

/** Such a command may be repeated after a timeout only if the states before and after it can be compared. */
function needsBaseline(sent: PlayerCommand): boolean {
  return !isRepeatable(sent) && (sent.declared === undefined || sent.declared.proof !== undefined);
}

/** Undefined if the observation is not sufficient. */
function decideByState(intent: IntentName, { playback, fullscreen }: Observation): Decision | undefined {
  switch (intent) {
    case 'play':
      return playback === 'playing' ? 'already so' : 'send';
    case 'resume':
      // Old players cannot distinguish paused from stopped.
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
