import type { RunStatus, Schedule, ScheduleRun } from '../../../protocol/schedules.ts';
import { useFormat } from '../../core/clock.tsx';
import { statusTexts } from '../../core/command-texts.ts';
import { useLoad } from '../../core/load.ts';
import type { Tone } from '../../core/screen-status.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Badge } from '../../ui/badge.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Empty, Outcome } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { texts } from './texts.ts';
import { useLocalTime } from './use-local-time.ts';

/** The last runs of a schedule, and the outcomes of their commands. */
export function Runs({ schedule, onClose }: { schedule: Schedule | undefined; onClose(): void }) {
  const t = useTexts(texts);
  return (
    <Dialog open={schedule !== undefined} onClose={onClose} title={schedule ? t.runsOf(schedule.name) : t.runs} wide>
      {schedule && <RunTable id={schedule.id} />}
    </Dialog>
  );
}

const tones: Readonly<Record<RunStatus, Tone>> = { running: 'wait', done: 'good', missed: 'bad', interrupted: 'bad' };

function RunTable({ id }: { id: string }) {
  const t = useTexts(texts);
  const format = useFormat();
  const localTime = useLocalTime();
  const statuses: Readonly<Record<string, string>> = useTexts(statusTexts);
  const names: Readonly<Record<RunStatus, string>> = {
    running: t.running,
    done: t.done,
    missed: t.missedRun,
    interrupted: t.interrupted,
  };
  const { rest } = useSession();
  const list = useLoad((signal) => rest.get<{ runs: ScheduleRun[] }>(`/schedules/${id}/runs`, {}, signal), id);
  const rows = (list.data?.runs ?? []).flatMap(({ zones, ...run }) => zones.map((zone, i) => ({ ...run, zone, i })));
  const counts = (some: Record<string, number>) =>
    Object.entries(some)
      .map(([name, count]) => `${format.number(count)} ${name === 'pending' ? t.pending : (statuses[name] ?? name)}`)
      .join(', ');
  const resultOf = ({ i, outcomes = {}, zone }: (typeof rows)[number]) => {
    const refused = Object.values(zone.refused ?? {}).reduce((sum, it) => sum + it, 0);
    // Outcomes cover all time zones of the run.
    const parts = [i === 0 && counts(outcomes), refused > 0 && `${format.number(refused)} ${t.refused}`];
    return parts.filter(Boolean).join(', ');
  };
  return (
    <Outcome {...list} isEmpty={rows.length === 0} empty={<Empty icon="clock" title={t.noRuns} />}>
      <Table
        caption={t.runs}
        rows={rows}
        keyOf={(it) => `${it.id} ${it.zone.timeZone}`}
        columns={[
          { title: t.localTime, cell: (it) => localTime(it.local) },
          { title: t.zone, cell: (it) => it.zone.timeZone },
          { title: t.state, cell: (it) => <Badge tone={tones[it.zone.status]}>{names[it.zone.status]}</Badge> },
          { title: t.target, align: 'end', cell: (it) => format.number(it.zone.devices) },
          { title: t.result, cell: resultOf },
        ]}
      />
    </Outcome>
  );
}
