import type { DeviceDocument } from '../protocol/document.ts';
import type { Finding } from './rules.ts';

/** A device that was lost for long enough to raise an alert, alone or with others. */
export interface Lost {
  finding: Finding;
  document: DeviceDocument;
  lostAt: number;
}

/** Sorted, so the result does not depend on the order of evaluation. */
export const byWhen = (a: Lost, b: Lost): number => a.lostAt - b.lostAt || (a.document.id < b.document.id ? -1 : 1);
