import { read } from '../../machines/reading.ts';
import type { PastEvidence, PastReport } from '../ports/past-reports.ts';
import type { JsonObject } from '../protocol/document.ts';
import { named } from './periods.ts';

/** What a state proves of the time in which it was so (SPEC T9). The same reading as that of a report (O1, O2). */
export function pastEvidence({ from, to }: Pick<PastReport, 'from' | 'to'>, state: JsonObject): PastEvidence[] {
  const { status, notPlaying, item, playlist } = read(state);
  if (to <= from) return [];
  const span = { from, to, ...named(item, playlist) };
  if (status === 'unknown') return notPlaying ? [{ ...span, status: 'no', why: 'not playing' }] : [];
  return [{ ...span, status: status === 'playing' ? 'yes' : 'no', why: status }];
}
