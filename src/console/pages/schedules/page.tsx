import { useState } from 'react';
import { hasRole } from '../../../protocol/roles.ts';
import type { Schedule } from '../../../protocol/schedules.ts';
import { useFormat } from '../../core/clock.tsx';
import { useCommandName } from '../../core/command-texts.ts';
import { useLoad } from '../../core/load.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { useConfirm } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Empty, Outcome, Page, Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { useToast } from '../../ui/toast.tsx';
import { Runs } from './runs.tsx';
import { ScheduleForm } from './schedule-form.tsx';
import styles from './schedules.module.css';
import { texts } from './texts.ts';
import { useLocalTime } from './use-local-time.ts';

/** The schedules, with their next and last runs. */
export default function Schedules() {
  const t = useTexts(texts);
  const { rest, role } = useSession();
  const [edited, setEdited] = useState<Schedule | undefined | null>(null);
  const [shown, setShown] = useState<Schedule>();
  const list = useLoad((signal) => rest.get<{ schedules: Schedule[] }>('/schedules', {}, signal), 'schedules');
  const schedules = list.data?.schedules ?? [];
  const mayEdit = hasRole(role, 'operator');
  return (
    <Page
      title={t.title}
      tools={
        mayEdit && (
          <Button kind="primary" onClick={() => setEdited(undefined)}>
            <Icon name="plus" /> {t.create}
          </Button>
        )
      }
    >
      <Section title={t.list}>
        <p className={styles.why}>{t.why}</p>
        <Outcome
          {...list}
          isEmpty={schedules.length === 0}
          empty={
            <Empty icon="clock" title={t.none}>
              {t.noneWhy}
            </Empty>
          }
        >
          <ScheduleTable
            schedules={schedules}
            mayEdit={mayEdit}
            edit={setEdited}
            show={setShown}
            reload={list.reload}
          />
        </Outcome>
      </Section>
      {mayEdit && <ScheduleForm schedule={edited} onClose={() => setEdited(null)} onSaved={list.reload} />}
      <Runs schedule={shown} onClose={() => setShown(undefined)} />
    </Page>
  );
}

interface TableProps {
  schedules: readonly Schedule[];
  mayEdit: boolean;
  edit(schedule: Schedule): void;
  show(schedule: Schedule): void;
  reload(): void;
}

function ScheduleTable({ schedules, mayEdit, edit, show, reload }: TableProps) {
  const t = useTexts(texts);
  const format = useFormat();
  const localTime = useLocalTime();
  const nameOf = useCommandName();
  const { rest } = useSession();
  const confirm = useConfirm();
  const toast = useToast();

  async function act(work: () => Promise<unknown>, said: string): Promise<void> {
    try {
      await work();
      toast(said);
    } catch (error) {
      toast.error(error);
    }
    reload();
  }
  const toggle = ({ id, name, enabled, stopped }: Schedule) =>
    act(() => rest.patch(`/schedules/${id}`, { enabled: !enabled || stopped === 'token_removed' }), t.saved(name));
  async function remove({ id, name }: Schedule): Promise<void> {
    const question = { title: t.removeAsk(name), text: t.removeText, action: t.remove, danger: true };
    if (await confirm(question)) await act(() => rest.delete(`/schedules/${id}`), t.removed(name));
  }

  return (
    <Table
      caption={t.title}
      rows={schedules}
      keyOf={(it) => it.id}
      columns={[
        { title: t.name, cell: (it) => <b className={styles.name}>{it.name}</b> },
        { title: t.command, cell: (it) => <span className={styles.whole}>{nameOf(it.command)}</span> },
        {
          title: t.target,
          cell: (it) => (
            <span>
              {targetText(it, t.all)}{' '}
              <small className="muted">({it.devices === 1 ? t.oneDevice : t.count(format.number(it.devices))})</small>
            </span>
          ),
        },
        { title: t.state, cell: (it) => <State schedule={it} /> },
        {
          title: t.next,
          cell: (it) => (it.nextAt ? format.dateTime(it.nextAt) : <span className="muted">{t.never}</span>),
        },
        {
          title: t.last,
          cell: (it) =>
            it.lastRun ? (
              <Button kind="quiet" className={styles.run} aria-label={t.runsOf(it.name)} onClick={() => show(it)}>
                {localTime(it.lastRun.local)}
              </Button>
            ) : (
              <span className="muted">{t.never}</span>
            ),
        },
        {
          title: t.actions,
          align: 'end',
          cell: (it) =>
            mayEdit && (
              <div className={styles.actions}>
                <Button kind="quiet" aria-label={t.editOf(it.name)} title={t.editOf(it.name)} onClick={() => edit(it)}>
                  <Icon name="pen" />
                </Button>
                {isRunning(it) ? (
                  <Button
                    kind="quiet"
                    aria-label={t.pauseOf(it.name)}
                    title={t.pauseOf(it.name)}
                    onClick={() => void toggle(it)}
                  >
                    <Icon name="pause" />
                  </Button>
                ) : (
                  <Button
                    kind="quiet"
                    aria-label={t.resumeOf(it.name)}
                    title={t.resumeOf(it.name)}
                    onClick={() => void toggle(it)}
                  >
                    <Icon name="play" />
                  </Button>
                )}
                <Button
                  kind="quiet"
                  aria-label={t.removeOf(it.name)}
                  title={t.removeOf(it.name)}
                  onClick={() => void remove(it)}
                >
                  <Icon name="close" />
                </Button>
              </div>
            ),
        },
      ]}
    />
  );
}

const isRunning = ({ enabled, stopped }: Schedule): boolean => enabled && stopped !== 'token_removed';

function State({ schedule }: { schedule: Schedule }) {
  const t = useTexts(texts);
  const { enabled, stopped, changedBy } = schedule;
  if (!enabled) return <Badge tone="muted">{t.paused}</Badge>;
  if (stopped === 'finished') return <Badge tone="muted">{t.finished}</Badge>;
  if (stopped === 'token_removed')
    return (
      <span>
        <Badge tone="bad">{t.token_removed}</Badge> <small className="muted">{t.token_removedWhy(changedBy)}</small>
      </span>
    );
  return <Badge tone="good">{t.active}</Badge>;
}

function targetText({ target }: Schedule, all: string): string {
  if ('groups' in target) return target.groups.join(', ');
  if ('deviceIds' in target) return target.deviceIds.join(', ');
  return 'filter' in target ? target.filter : all;
}
