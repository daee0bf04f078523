import { type ReactNode, useEffect, useMemo, useState } from 'react';
import type { CommandRecord } from '../../../protocol/commands.ts';
import type { DeviceDocument } from '../../../protocol/document.ts';
import { useClock, useFormat, useNow } from '../../core/clock.tsx';
import { statusTexts, statusTone, useCommandName } from '../../core/command-texts.ts';
import { useLoad, useRound } from '../../core/load.ts';
import type { Tone } from '../../core/screen-status.ts';
import { useDevice, useMay, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { useLossReason, useReason } from '../../core/why.ts';
import { Dot } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Empty, Outcome, Section } from '../../ui/page.tsx';
import { alertTexts } from '../alerts/texts.ts';
import { kindTexts } from '../audit/texts.ts';
import styles from './device.module.css';
import { type Act, type Alert, type Happening, happenings } from './happenings.ts';
import { type Period, usePeriods } from './periods.ts';
import { timelineTexts } from './timeline-texts.ts';

const spans = { day: 86_400_000, week: 7 * 86_400_000 } as const;
const SHOWN = 12;
const MOST = 200;
const SETTLE_MS = 2500;

/** Disconnections, commands, alerts and actions by people. A click goes to that time. */
export function Timeline({ id, choose }: { id: string; choose(at: number): void }) {
  const t = useTexts(timelineTexts);
  const [span, setSpan] = useState<keyof typeof spans>('day');
  const [shown, setShown] = useState(SHOWN);
  const { found, ...outcome } = useHappenings(id, spans[span]);
  return (
    <Section
      title={t.timeline}
      tools={
        <select
          aria-label={t.span}
          value={span}
          onChange={(event) => setSpan(event.target.value as keyof typeof spans)}
        >
          {(['day', 'week'] as const).map((it) => (
            <option key={it} value={it}>
              {t[it]}
            </option>
          ))}
        </select>
      }
    >
      <Outcome {...outcome} isEmpty={found.length === 0} empty={<Empty icon="check" title={t.nothing} />}>
        <ol className={styles.timeline}>
          {found.slice(0, shown).map((it) => (
            <Item key={it.key} it={it} id={id} choose={choose} />
          ))}
        </ol>
        {found.length > shown && (
          <Button kind="quiet" onClick={() => setShown(shown + MOST)}>
            {t.more(found.length - shown)}
          </Button>
        )}
      </Outcome>
    </Section>
  );
}

function useHappenings(id: string, spanMs: number) {
  const { rest } = useSession();
  const mayAudit = useMay('admin');
  const document = useDevice(id)?.document;
  const minute = useNow(60_000);
  const commands = useRound(document?.commands);
  // Starts and ends show at once; the server records them a moment later, so reload then.
  const round = useLater(`${commands} ${document?.connection.since} ${document?.onAir.since}`);
  const connection = usePeriods(id, 'connection', spanMs, MOST, round);
  const onAir = usePeriods(id, 'onAir', spanMs, MOST, round);
  const others = useLoad(async (signal) => {
    const from = new Date(minute - spanMs).toISOString();
    const path = `/devices/${encodeURIComponent(id)}/commands`;
    const [given, told, done] = await Promise.all([
      rest.get<{ commands: CommandRecord[] }>(path, { limit: MOST }, signal),
      rest.get<{ alerts: Alert[] }>('/alerts', { state: 'all', about: id, limit: 100 }, signal),
      mayAudit ? rest.get<{ records: Act[] }>('/audit', { deviceId: id, from, limit: MOST }, signal) : undefined,
    ]);
    return { from, commands: given.commands, alerts: told.alerts, acts: done?.records ?? [] };
  }, `${id} ${spanMs} ${minute} ${commands} ${round}`);
  const { data } = others;
  const now = useNowPeriods(document);
  const found = useMemo(() => {
    if (!data) return [];
    const since = Date.parse(data.from);
    const all = happenings({
      ...data,
      connection: withNow(connection.data ?? [], now.connection),
      onAir: withNow(onAir.data ?? [], now.onAir),
    });
    // Events that are not over belong to the present, whenever they began.
    return all.filter((it) => it.at >= since || ('until' in it ? (it.until ?? since) > since : it.kind === 'lost'));
  }, [data, connection.data, onAir.data, now]);
  return {
    found,
    error: others.error ?? connection.error ?? onAir.error,
    isStale: false,
    loading: others.loading && !data,
    reload: others.reload,
  };
}

/** The current periods, from the document. */
function useNowPeriods(document: DeviceDocument | undefined): { connection?: Period; onAir?: Period } {
  const { status, since, reason } = document?.connection ?? {};
  const { status: air, since: airSince, why } = document?.onAir ?? {};
  return useMemo(
    () => ({
      ...(status && since && { connection: { from: since, to: null, status, ...(reason && { reason }) } }),
      ...(air && airSince && { onAir: { from: airSince, to: null, status: air, ...(why && { why }) } }),
    }),
    [status, since, reason, air, airSince, why],
  );
}

/** Adds the current period if the server has not recorded it yet. */
function withNow(periods: readonly Period[], now: Period | undefined): readonly Period[] {
  const last = periods.at(-1);
  if (!now || (last && last.from >= now.from)) return periods;
  return [...periods.slice(0, -1), ...(last ? [{ ...last, to: last.to ?? now.from }] : []), now];
}

/** The value with a delay. */
function useLater(value: string): string {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return later;
}

function Item({ it, id, choose }: { it: Happening; id: string; choose(at: number): void }) {
  const t = useTexts(timelineTexts);
  const format = useFormat();
  const [tone, text] = useWords(it, id);
  return (
    <li>
      <Dot tone={tone} />
      <button type="button" className={styles.when} title={t.show} onClick={() => choose(it.at)}>
        {format.time(it.at)}
      </button>
      <span>{text}</span>
    </li>
  );
}

function useWords(it: Happening, id: string): readonly [Tone, ReactNode] {
  const t = useTexts(timelineTexts);
  const format = useFormat();
  const clock = useClock();
  const reasonText = useReason();
  const lossReason = useLossReason();
  const commandName = useCommandName();
  const statuses = useTexts(statusTexts);
  const alertNames: Readonly<Record<string, string>> = useTexts(alertTexts);
  const acts: Readonly<Record<string, string>> = useTexts(kindTexts);
  const document = useDevice(id)?.document;
  const lasted = (until: number | undefined) =>
    until === undefined
      ? t.stillFor(format.roughly(Math.max(1000, clock.now() - it.at)))
      : t.lasted(format.duration(Math.max(0, until - it.at)));
  switch (it.kind) {
    case 'lost':
      return [it.until === undefined ? 'bad' : 'wait', `${t.lost(lossReason(it.reason))} ${lasted(it.until)}`];
    case 'offAir':
      return [it.until === undefined ? 'bad' : 'wait', `${t.offAir(reasonText(it.why))} ${lasted(it.until)}`];
    case 'connected':
      return ['good', t.connected];
    case 'alert': {
      const name = alertNames[it.alert.alert] ?? it.alert.alert;
      const tone = it.until !== undefined ? 'muted' : it.alert.severity === 'critical' ? 'bad' : 'wait';
      return [tone, `${t.alert(name)} ${lasted(it.until)}`];
    }
    case 'command': {
      const { command, requestedBy, status } = it.record;
      return [statusTone[status], t.command(commandName(command, document), requestedBy, statuses[status])];
    }
    case 'act':
      return [it.act.outcome === 'ok' ? 'muted' : 'bad', t.act(acts[it.act.kind] ?? it.act.kind, it.act.actor)];
  }
}
