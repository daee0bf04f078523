import { Link } from 'wouter';
import { type Answer, isFailure, type Run } from '../../core/bulk.ts';
import { useFormat } from '../../core/clock.tsx';
import type { CommandStatus } from '../../core/command-status.ts';
import { endingTexts, statusTexts, statusTone, useCommandName } from '../../core/command-texts.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import styles from './bulk.module.css';
import { texts } from './texts.ts';

const SHOWN = 500;

export function RunView({ run }: { run: Run }) {
  const t = useTexts(texts);
  const nameOf = useCommandName();
  const statuses = useTexts(statusTexts);
  const endings = useTexts(endingTexts);
  const format = useFormat();
  const { bulk, fleet } = useSession();
  const { plan, phase, answers, ended, failed } = run;
  const all = plan.deviceIds.length;
  const isRunning = phase === 'canary' || phase === 'rest';

  const counts = new Map<CommandStatus, number>();
  for (const { status } of answers.values()) counts.set(status, (counts.get(status) ?? 0) + 1);
  const failures = [...answers].filter(([, it]) => isFailure(it.status));
  const rows = [...answers]
    .sort(([, a], [, b]) => Number(isFailure(b.status)) - Number(isFailure(a.status)))
    .slice(0, SHOWN);
  const whyOf = ({ status, message }: Answer) => {
    if (!isFailure(status)) return message ?? '';
    const sentence = endings[status as 'timeout'];
    return message ? `${sentence} (${message})` : sentence;
  };
  const phaseText = {
    canary: t.canaryPhase,
    canaryFailed: t.canaryFailed,
    rest: t.rest,
    stopped: t.stopped,
    tooMany: t.tooMany,
    done: t.done,
  };

  return (
    <Section title={`${t.run}: ${nameOf(plan.command)}`}>
      <div className={styles.run}>
        <div
          role="progressbar"
          aria-label={t.progress}
          aria-valuemin={0}
          aria-valuemax={all}
          aria-valuenow={ended}
          className={styles.bar}
        >
          <div className={styles.well} style={{ width: `${((ended - failed) / all) * 100}%` }} />
          <div className={styles.failed} style={{ width: `${(failed / all) * 100}%` }} />
        </div>
        <p className={styles.counts}>
          <b className="number">{t.of(format.number(ended), format.number(all))}</b>
          {[...counts].map(([status, n]) => (
            <Badge key={status} tone={statusTone[status]}>
              {statuses[status]} {format.number(n)}
            </Badge>
          ))}
          {answers.size < all && (
            <Badge tone="muted">
              {t.notSent} {format.number(all - answers.size)}
            </Badge>
          )}
        </p>
        <p role="status" className={phase === 'canaryFailed' || phase === 'tooMany' ? styles.warning : undefined}>
          {phaseText[phase]}
        </p>
        <div className={styles.buttons}>
          {isRunning && (
            <Button kind="danger" onClick={bulk.stop}>
              {t.stop}
            </Button>
          )}
          {phase === 'canaryFailed' && (
            <>
              <Button kind="danger" onClick={bulk.goOn}>
                {t.goOn}
              </Button>
              <Button onClick={bulk.stop}>{t.stop}</Button>
            </>
          )}
          {/* Intents: what has taken effect meanwhile is measured, and not done twice. */}
          {!isRunning && failures.length > 0 && (
            <Button kind="primary" onClick={() => bulk.start({ ...plan, deviceIds: failures.map(([id]) => id) })}>
              {t.retry(format.number(failures.length))}
            </Button>
          )}
          {!isRunning && <Button onClick={bulk.clear}>{t.another}</Button>}
        </div>
      </div>
      {answers.size > SHOWN && <p className="muted">{t.failuresFirst}</p>}
      <Table
        caption={t.answers}
        rows={rows}
        keyOf={([id]) => id}
        columns={[
          {
            title: t.device,
            cell: ([id]) => <Link href={`/devices/${id}`}>{fleet.devices.get(id)?.document.name ?? id}</Link>,
          },
          { title: t.answer, cell: ([, it]) => <Badge tone={statusTone[it.status]}>{statuses[it.status]}</Badge> },
          { title: t.why, cell: ([, it]) => whyOf(it) },
          {
            title: t.took,
            align: 'end',
            cell: ([, it]) => (it.durationMs === undefined ? '' : format.duration(it.durationMs)),
          },
        ]}
      />
    </Section>
  );
}
