import { useState, useSyncExternalStore } from 'react';
import { Link } from 'wouter';
import type { Rollout } from '../../../protocol/rollouts.ts';
import { useFormat } from '../../core/clock.tsx';
import { useCommandName } from '../../core/command-texts.ts';
import { useMay, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Empty, Page, Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import { Plan } from './plan.tsx';
import { countsOf, Progress } from './progress.tsx';
import styles from './rollouts.module.css';
import { statusTexts, statusTones, texts } from './texts.ts';

const SHOWN = 20;

/** Starts rollouts, and lists the current and past ones. */
export default function RolloutsPage() {
  const t = useTexts(texts);
  const mayStart = useMay('operator');
  return (
    <Page title={t.title}>
      {mayStart && <Plan />}
      <List />
    </Page>
  );
}

function List() {
  const t = useTexts(texts);
  const statuses = useTexts(statusTexts);
  const nameOf = useCommandName();
  const format = useFormat();
  const { rollouts } = useSession().admin;
  const documents = useSyncExternalStore(rollouts.subscribe, () => rollouts.documents);
  const [shown, setShown] = useState(SHOWN);
  const all = [...documents.values()].map(({ document }) => document);
  // Ids grow with time.
  all.sort((a, b) => (a.id < b.id ? 1 : -1));
  return (
    <Section title={t.list}>
      {all.length === 0 ? (
        <Empty icon="bulk" title={t.none} />
      ) : (
        <Table
          caption={t.list}
          rows={all.slice(0, shown)}
          keyOf={(it: Rollout) => it.id}
          columns={[
            {
              title: t.rollout,
              cell: (it) => <Link href={`/rollouts/${it.id}`}>{it.name ?? nameOf(it.command)}</Link>,
            },
            { title: t.started, cell: (it) => <Ago at={it.createdAt} /> },
            { title: t.by, cell: (it) => it.createdBy },
            {
              title: t.status,
              cell: (it) => <Badge tone={statusTones[it.status]}>{statuses[it.status]}</Badge>,
            },
            {
              title: t.progress,
              cell: (it) => (
                <div className={styles.cell}>
                  <Progress rollout={it} />
                  <span className="number">{t.of(format.number(countsOf(it).ended), format.number(it.total))}</span>
                </div>
              ),
            },
          ]}
        />
      )}
      {all.length > shown && <Button onClick={() => setShown(shown + SHOWN)}>{t.showMore}</Button>}
    </Section>
  );
}
