import type { DeviceDocument } from '../protocol/document.ts';
import type { Finding } from './rules.ts';

/** A device that is lost for long enough to be told of, alone or with others. */
export interface Lost {
  finding: Finding;
  document: DeviceDocument;
  lostAt: number;
}

/** What is decided must not depend on the order in which the devices were looked at. */
export const byWhen = (a: Lost, b: Lost): number => a.lostAt - b.lostAt || (a.document.id < b.document.id ? -1 : 1);
