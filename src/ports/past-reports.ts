/** What a device measured while it had no connection, and sent afterwards. Times are milliseconds since the epoch. */
export interface PastReport {
  /** `from` by the device's clock. Identifies the report: it may be sent again. */
  measuredAt: number;
  /** By the server's clock: the state was so from then on … */
  from: number;
  /** … until then. */
  to: number;
  receivedAt: number;
  /** JSON. */
  state: string;
}

/** What such a report proves: whether the device was on air, and what it played. */
export interface PastEvidence {
  from: number;
  to: number;
  status: 'yes' | 'no';
  why: string;
  item: string;
  playlist: string;
}

export interface PastReports {
  /**
   * Stores the reports, and what they prove of times of which nothing is known. What is known does not change. Sending
   * the same again changes nothing.
   * @throws VigiaError `unavailable`, also while the time without a connection is not recorded yet
   */
  add(deviceId: string, reports: readonly PastReport[], evidence: readonly PastEvidence[]): Promise<void>;
  /**
   * Reports that overlap from ≤ t < to, oldest first.
   * @throws VigiaError `unavailable`
   */
  list(query: { deviceId: string; from: number; to: number; limit: number }): Promise<PastReport[]>;
}
