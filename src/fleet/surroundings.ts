import type { Logger } from 'pino';
import type { CommandOutput, CommandProgress, CommandSpec } from '../../machines/command.ts';
import type { deviceMachine } from '../../machines/device.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { CommandRecord } from '../protocol/commands.ts';
import type { DeviceDocument, Update, VersionedDocument } from '../protocol/document.ts';
import type { Ticking } from './ticking.ts';

/** What every host of a fleet shares. */
export interface Surroundings {
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  /** With its effects bound: see effects.ts. */
  machine: typeof deviceMachine;
  ticking: Ticking;
  nodeId: string;
  stateIntervalMs: number;
  watchIntervalMs: number;
  offlineGraceMs: number;
  /** Called once for each change, in the order of the versions. */
  changed(update: Update, after: DeviceDocument, before: DeviceDocument): void;
  /** Resolves when what was recorded so far is safe (or soon, where it can't be). */
  committed(): Promise<void>;
  commands: {
    /** What is pending for this device, in the order of acceptance. */
    pendingOf(deviceId: string): { spec: CommandSpec; progress: CommandProgress }[];
    get(commandId: string): CommandRecord | undefined;
    progressed(commandId: string, progress: CommandProgress): CommandRecord | undefined;
    ended(output: CommandOutput): void;
  };
}

/** What outlives the process of a device. */
export interface DeviceRecord extends VersionedDocument {
  /** The keys that an operator has set; the player's own word does not change them. */
  edited: string[];
}
