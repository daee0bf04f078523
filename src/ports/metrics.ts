import type { CommandEnding, CommandName } from '../protocol/commands.ts';
import type { ErrorCode } from '../protocol/errors.ts';

/** What the inside tells of itself. No device ids here: they would explode the label space (an aggregate is enough). */
export interface Metrics {
  report(bytes: number): void;
  /** A report that changed nothing worth telling. */
  reportWithoutChange(): void;
  /** One change of a document: what its patch weighs, and what the whole document would have. */
  change(patchBytes: number, documentBytes: number): void;
  batch(updates: number, bytes: number): void;
  resync(reason: string): void;
  commandSent(command: CommandName): void;
  commandEnded(command: CommandName, status: CommandEnding, seconds: number): void;
  verification(command: CommandName, verdict: 'effect' | 'none' | 'unclear'): void;
  lateResponse(): void;
  takeover(): void;
  conflict(): void;
  connectionLost(reason: string): void;
  actorRestarted(): void;
  authFailure(audience: 'player' | 'admin' | 'rest', reason: string): void;
  refused(audience: 'player' | 'admin' | 'rest', code: ErrorCode): void;
  transportClosed(reason: string): void;
}

/** Figures that are read when somebody asks, rather than counted as they happen. */
export interface Gauges {
  devices(): { online: number; reconnecting: number; offline: number };
  reports(): { unknown: number; live: number; stale: number };
  actors(): number;
  pendingCommands(): number;
  admins(): number;
  players(): number;
  storeBacklog(): number;
}
