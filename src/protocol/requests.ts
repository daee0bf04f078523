/**
 * What admins send, as plain types: the client package has them, and needs no zod for it. `admin.ts` has the schemas,
 * and a test compares the two.
 */

/** The devices of a subscription. */
export type Scope = { all: true } | { groups: string[] } | { devices: string[] };

export interface Subscribe {
  scope: Scope;
  cursor?: string | null;
  encoding?: 'json' | 'deflate';
  parts?: boolean;
}

export interface OneDevice {
  deviceId: string;
}

export interface Watch extends OneDevice {
  intervalMs?: number;
}

export interface Refresh extends OneDevice {
  what: 'state' | 'snapshot';
}

export interface OneCommand {
  commandId: string;
}

/** Options of a command, whatever interface sends it. */
export interface CommandOptions {
  /** Timeout of one attempt, in ms. */
  timeoutMs?: number;
  /** Further attempts after one without an answer. */
  retries?: number;
  /** How long the command may wait for an offline device, in ms. */
  ttlMs?: number;
  commandId?: string;
  /** Send an intent even if its effect is unknown now (`unproven`). */
  force?: boolean;
}

/** Exactly one of the targets must be there. */
export interface SendCommand extends CommandOptions {
  deviceId?: string;
  deviceIds?: string[];
  group?: string;
  /** In the filter language (SPEC F1–F6). */
  filter?: string;
  all?: true;
  command: string;
  params?: unknown;
}

/** Over a socket, which has no headers. */
export interface SendTracedCommand extends SendCommand {
  /** The caller's W3C trace context, as in the HTTP header: the server's spans continue it (SPEC M9). */
  traceparent?: string;
}
