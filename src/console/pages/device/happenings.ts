import type { CommandRecord } from '../../../protocol/commands.ts';
import type { Told } from '../alerts/sentence.ts';
import type { Period } from './periods.ts';

/** An event in a device's timeline. Times are in ms since the epoch; without `until` it is not over. */
export type Happening = { key: string; at: number } & (
  | { kind: 'lost'; reason: string; until?: number }
  | { kind: 'offAir'; why: string; until?: number }
  | { kind: 'connected' }
  | { kind: 'command'; record: CommandRecord }
  | { kind: 'alert'; alert: Alert; until?: number }
  | { kind: 'act'; act: Act }
);

export interface Alert extends Told {
  id: string;
  severity: 'critical' | 'warning';
  openedAt: string;
  resolvedAt?: string;
}

export interface Act {
  id: string;
  at: string;
  actor: string;
  kind: string;
  outcome: string;
}

interface Sources {
  connection: readonly Period[];
  onAir: readonly Period[];
  commands: readonly CommandRecord[];
  alerts: readonly Alert[];
  acts: readonly Act[];
}

const end = (to: string | null) => (to === null ? {} : { until: Date.parse(to) });

/** Merges all sources, newest first. */
export function happenings({ connection, onAir, commands, alerts, acts }: Sources): Happening[] {
  return [
    ...losses(connection),
    ...onAir.flatMap((it): Happening[] =>
      it.status === 'no' && !isLost(it.why)
        ? [{ key: `air ${it.from}`, kind: 'offAir', at: Date.parse(it.from), why: it.why ?? '', ...end(it.to) }]
        : [],
    ),
    ...commands.map(
      (record): Happening => ({
        key: record.commandId,
        kind: 'command',
        at: Date.parse(record.requestedAt),
        record,
      }),
    ),
    ...alerts.map(
      (alert): Happening => ({
        key: alert.id,
        kind: 'alert',
        at: Date.parse(alert.openedAt),
        alert,
        ...end(alert.resolvedAt ?? null),
      }),
    ),
    // Commands have entries of their own.
    ...acts
      .filter(({ kind }) => !kind.startsWith('command.'))
      .map((act): Happening => ({ key: act.id, kind: 'act', at: Date.parse(act.at), act })),
  ].sort((a, b) => b.at - a.at);
}

/** Shown as a loss already. */
const isLost = (why: string | undefined) => why === 'not connected';

/** From the loss until the return: `reconnecting` and `offline` are one loss. */
function losses(periods: readonly Period[]): Happening[] {
  const found: Happening[] = [];
  let lost: Extract<Happening, { kind: 'lost' }> | undefined;
  for (const { status, reason = 'other', from, to } of periods) {
    const at = Date.parse(from);
    if (status === 'online') {
      if (!lost) found.push({ key: `in ${from}`, kind: 'connected', at });
      lost = undefined;
    } else if (reason === 'never_connected') {
      lost = undefined;
    } else if (lost) {
      Object.assign(lost, { until: undefined }, end(to));
    } else {
      lost = { key: `lost ${from}`, kind: 'lost', at, reason, ...end(to) };
      found.push(lost);
    }
  }
  return found;
}
