import type { CommandStatus } from '../../core/command-status.ts';

/** The used fields of `GET /stats`. Times in ms. */
export interface Summary {
  uptime: { onlineMs: number; reconnectingMs: number; offlineMs: number; share: number | null };
  disconnections: { count: number; reasons: Readonly<Record<string, number>> };
  onAir: { yesMs: number; noMs: number; unknownMs: number; share: number | null };
  commands: {
    count: number;
    byStatus: Readonly<Partial<Record<CommandStatus, number>>>;
    p50Ms: number | null;
    p95Ms: number | null;
  };
}

export interface Played {
  item: string | null;
  playlist: string | null;
  ms: number;
}

export interface Stats {
  from: string;
  to: string;
  /** The time zone of the days. */
  timeZone: string;
  total: Summary & { devices: number; playback: readonly Played[] };
  days: readonly (Summary & { day: string })[];
  groups: readonly (Summary & { group: string | null; devices: number })[];
  devices: readonly (Summary & { deviceId: string })[];
  cursor?: string;
}

/** The share of ended commands that succeeded; undefined if there were none. */
export const doneShare = ({ count, byStatus }: Summary['commands']): number | undefined =>
  count > 0 ? (byStatus.success ?? 0) / count : undefined;
