import { useEffect, useState, useSyncExternalStore } from 'react';
import { Link, useParams } from 'wouter';
import type {
  Rollout,
  RolloutAct,
  RolloutTarget,
  TargetOutcome,
  VersionedRollout,
} from '../../../protocol/rollouts.ts';
import { useFormat } from '../../core/clock.tsx';
import { useCommandName } from '../../core/command-texts.ts';
import { useLoad, usePages } from '../../core/load.ts';
import { useMay, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { useConfirm } from '../../ui/dialog.tsx';
import { ErrorNote, Loading, Page, Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import { countsOf, Progress } from './progress.tsx';
import styles from './rollouts.module.css';
import {
  actTexts,
  outcomeTexts,
  outcomeTones,
  phaseTexts,
  statusTexts,
  statusTones,
  texts,
  whyTexts,
} from './texts.ts';

/** One rollout: progress, actions and results. */
export default function RolloutPage() {
  const t = useTexts(texts);
  const { id = '' } = useParams();
  const { admin, rest } = useSession();
  const live = useSyncExternalStore(admin.rollouts.subscribe, () => admin.rollouts.documents.get(id));
  // Old rollouts are not in the live copy.
  const loaded = useLoad((signal) => rest.get<VersionedRollout>(`/rollouts/${id}`, {}, signal), id);
  const rollout = live?.document ?? loaded.data?.document;
  const nameOf = useCommandName();
  const title = rollout ? (rollout.name ?? nameOf(rollout.command)) : t.rollout;
  return (
    <Page title={title} lead={<Link href="/rollouts">{t.title}</Link>}>
      {rollout ? (
        <>
          <RolloutHeadline rollout={rollout} />
          <Report rollout={rollout} />
        </>
      ) : loaded.error ? (
        <ErrorNote error={loaded.error} retry={loaded.reload} />
      ) : (
        <Loading />
      )}
    </Page>
  );
}

function RolloutHeadline({ rollout }: { rollout: Rollout }) {
  const t = useTexts(texts);
  const statuses = useTexts(statusTexts);
  const phases = useTexts(phaseTexts);
  const whys = useTexts(whyTexts);
  const format = useFormat();
  const nameOf = useCommandName();
  const { status, why, by, since, total, createdBy, createdAt, command, params, targets, endedAt } = rollout;
  const { ended } = countsOf(rollout);
  const isStopped = status === 'stopped';
  return (
    <Section title={t.progress} tools={<Acts rollout={rollout} />}>
      <div className={styles.run}>
        <Progress rollout={rollout} />
        <p className={styles.counts} role="status">
          <Badge tone={statusTones[status]}>{statuses[status]}</Badge>
          <b className="number">{t.of(format.number(ended), format.number(total))}</b>
          <span className={isStopped ? styles.warning : 'muted'}>
            {why ? whys[why] : phases[status]}
            {by !== undefined && ` ${t.actedBy(by)}`}
          </span>
        </p>
        <dl className={styles.facts}>
          <dt>{t.command}</dt>
          <dd>
            {nameOf(command)}
            {Object.keys(params).length > 0 && <code> {JSON.stringify(params)}</code>}
          </dd>
          <dt>{t.devices}</dt>
          <dd>{targets === 'devices' ? t.selection(format.number(total)) : targets === 'all' ? t.all : targets}</dd>
          <dt>{t.started}</dt>
          <dd>
            <Ago at={createdAt} /> · {createdBy}
          </dd>
          <dt>{endedAt ? t.ended : t.since}</dt>
          <dd>
            <Ago at={endedAt ?? since} />
          </dd>
        </dl>
      </div>
    </Section>
  );
}

const allowed: Record<Rollout['status'], readonly RolloutAct[]> = {
  canary: ['pause', 'cancel'],
  running: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  stopped: ['resume', 'cancel'],
  cancelled: [],
  done: [],
};

function Acts({ rollout: { id, status, counts } }: { rollout: Rollout }) {
  const t = useTexts(texts);
  const acts = useTexts(actTexts);
  const format = useFormat();
  const confirm = useConfirm();
  const { rest } = useSession();
  const mayAct = useMay('operator');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  if (!mayAct) return null;

  async function act(name: RolloutAct): Promise<void> {
    const questions: Partial<Record<RolloutAct, { title: string; text: string }>> = {
      cancel: { title: t.cancelSure, text: t.cancelText(format.number(counts.waiting)) },
      ...(status === 'stopped' && { resume: { title: t.resumeSure, text: t.resumeText } }),
    };
    const question = questions[name];
    if (question && !(await confirm({ ...question, action: acts[name], danger: true }))) return;
    setBusy(true);
    setFailure(undefined);
    await rest.post(`/rollouts/${id}/${name}`, {}).catch(setFailure);
    setBusy(false);
  }

  return (
    <div className={styles.buttons}>
      {failure !== undefined && <ErrorNote error={failure} />}
      {allowed[status].map((name) => (
        <Button
          key={name}
          kind={name === 'cancel' ? 'danger' : 'primary'}
          disabled={busy}
          onClick={() => void act(name)}
        >
          {acts[name]}
        </Button>
      ))}
    </div>
  );
}

const RELOAD_MS = 2000;
const PAGE = 200;

function Report({ rollout }: { rollout: Rollout }) {
  const t = useTexts(texts);
  const outcomes = useTexts(outcomeTexts);
  const format = useFormat();
  const { rest, fleet } = useSession();
  const [chosen, choose] = useState<TargetOutcome | ''>('');
  const { id, counts, total, endedAt } = rollout;
  const path = `/rollouts/${id}/devices`;
  const pages = usePages(async (cursor, signal) => {
    const query = { limit: PAGE, cursor, outcome: chosen || undefined };
    const page = await rest.get<{ devices: RolloutTarget[]; cursor?: string }>(path, query, signal);
    return { items: page.devices, cursor: page.cursor };
  }, `${id} ${chosen} ${endedAt}`);
  const { reload } = pages;
  useEffect(() => {
    if (endedAt !== undefined) return;
    const timer = setInterval(reload, RELOAD_MS);
    return () => clearInterval(timer);
  }, [endedAt, reload]);

  async function download(): Promise<void> {
    const url = URL.createObjectURL(await rest.blob(`/api/v1${path}?format=csv`));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${id}.csv`;
    link.click();
    URL.revokeObjectURL(url);
  }

  const shown = Object.entries(counts).filter(([, count]) => count > 0) as [TargetOutcome, number][];
  return (
    <Section title={t.report} tools={<Button onClick={() => void download()}>CSV</Button>}>
      <fieldset className={styles.outcomes}>
        <legend className="visually-hidden">{t.outcome}</legend>
        <Button kind="quiet" aria-pressed={chosen === ''} onClick={() => choose('')}>
          {t.all} {format.number(total)}
        </Button>
        {shown.map(([outcome, count]) => (
          <Button key={outcome} kind="quiet" aria-pressed={chosen === outcome} onClick={() => choose(outcome)}>
            <Badge tone={outcomeTones[outcome]}>{outcomes[outcome]}</Badge> {format.number(count)}
          </Button>
        ))}
      </fieldset>
      {pages.error ? <ErrorNote error={pages.error} retry={reload} /> : null}
      <Table
        caption={t.report}
        rows={pages.items}
        keyOf={(it) => it.deviceId}
        columns={[
          {
            title: t.device,
            cell: (it) => (
              <Link href={`/devices/${it.deviceId}`}>
                {fleet.devices.get(it.deviceId)?.document.name ?? it.deviceId}
              </Link>
            ),
          },
          {
            title: t.outcome,
            cell: (it) => <Badge tone={outcomeTones[it.outcome]}>{outcomes[it.outcome]}</Badge>,
          },
          { title: t.details, cell: (it) => it.message ?? (it.code === 'offline' ? '' : (it.code ?? '')) },
          { title: t.sentAt, cell: (it) => (it.sentAt ? <Ago at={it.sentAt} /> : '') },
        ]}
      />
      {pages.hasMore && <Button onClick={pages.more}>{t.showMore}</Button>}
    </Section>
  );
}
