/**
 * Which processes have the database open. One that has ended without closing it may have lost what it put last: of a key that
 * nothing is stored of, something may have been told.
 */
export interface Lives {
  /** Was it closed properly the last time? */
  readonly cleanStart: boolean;
  /** Was it ever not closed properly, as far as is known, or is it a restored backup? */
  readonly mayHaveLost: boolean;
  /** Looks who is there, and buries who is `gone`; who is `unknown` may be either. */
  look(standing: (instance: string, since: number) => 'alive' | 'gone' | 'unknown'): Promise<void>;
  /** This process is there: others may have taken it for gone. */
  stay(): Promise<void>;
  /** It closes properly. */
  end(): Promise<void>;
}
