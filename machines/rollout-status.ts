export const rolloutStatuses = ['canary', 'running', 'paused', 'stopped', 'cancelled', 'done'] as const;
export type RolloutStatus = (typeof rolloutStatuses)[number];

/** The state of a target: the first three are pending or running, the others are endings. */
export const targetOutcomes = [
  'waiting',
  'sent',
  /** It answered success; it is still to show that it lives. */
  'watching',
  'success',
  /** It was as wanted: nothing was sent. */
  'alreadySo',
  'error',
  /** It answered success, and was not there any more at the end of its watch. */
  'lost',
  'timeout',
  /** Nothing was sent. */
  'undelivered',
  'cancelled',
] as const;
export type TargetOutcome = (typeof targetOutcomes)[number];
/** Why it stopped (`errors`, `timeouts`) or paused (`token_removed`) by itself. */
export const rolloutReasons = ['errors', 'timeouts', 'token_removed'] as const;
export type RolloutReason = (typeof rolloutReasons)[number];
export type Counts = Record<TargetOutcome, number>;
