import type { Logger } from 'pino';
import type { PlayerDevices } from '../fleet/api.ts';
import type { Audit } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { PlayerPictures } from '../ports/player-pictures.ts';
import type { DeviceBudgets } from './budgets.ts';
import type { Enrolment } from './enrolment.ts';
import type { Heartbeats } from './heartbeats.ts';
import type { Ingest } from './mailbox.ts';

export interface PlayerSettings {
  stateIntervalMs: number;
  maxStateBytes: number;
}

/** The dependencies of player sockets. */
export interface PlayerDeps {
  fleet: PlayerDevices;
  /** The blocked device ids. */
  blocks: { get(id: string): object | undefined };
  /**
   * Call this when a socket names its device only as it registers. Undefined if it may.
   * @throws VigiaError `unauthorized`
   */
  mayBe(deviceId: string): Promise<void> | undefined;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  audit: Audit;
  settings: PlayerSettings;
  ingest: Ingest;
  budgets: DeviceBudgets;
  enrolment: Pick<Enrolment, 'check'>;
  heartbeats: Pick<Heartbeats, 'request'>;
  isDraining(): boolean;
  pictures: PlayerPictures;
}
