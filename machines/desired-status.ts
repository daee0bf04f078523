export const desiredStatuses = ['converged', 'converging', 'suspended', 'failing', 'unknown', 'inactive'] as const;
export type DesiredStatus = (typeof desiredStatuses)[number];

/** Explains the status. */
export type DesiredReason =
  | 'as wanted'
  /** A command is pending, or has ended and no measurement has followed yet. */
  | 'command sent'
  /** An attempt had no effect, and its retry delay has not elapsed. */
  | 'waiting to retry'
  | 'gave up'
  /** A user's own command. */
  | 'command'
  | 'maintenance'
  | 'outside hours'
  | 'not connected'
  /** No recent measurement in this session, or none since the last command. */
  | 'not measured'
  /** The measurement does not contain the wanted property. */
  | 'not told';
