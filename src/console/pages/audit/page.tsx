import { Link } from 'wouter';
import { useFormat } from '../../core/clock.tsx';
import { errorTexts, type Trouble } from '../../core/errors.ts';
import { usePages } from '../../core/load.ts';
import { useQuery } from '../../core/query.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { useZone } from '../../core/zone.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Empty, More, Outcome, Page } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import styles from './audit.module.css';
import { Details } from './details.tsx';
import { Filter, filterKeys } from './filter.tsx';
import { type Kind, kindTexts, texts } from './texts.ts';

export interface AuditRecord {
  id: string;
  at: string;
  actor: string;
  kind: string;
  deviceId?: string;
  outcome: string;
  details: Record<string, unknown>;
}

/** The audit log, newest first. */
export default function Audit() {
  const t = useTexts(texts);
  const kinds = useTexts(kindTexts);
  const format = useFormat();
  const { rest } = useSession();
  const [query, change] = useQuery(filterKeys);
  const pages = usePages(async (cursor, signal) => {
    const page = await rest.get<{ records: AuditRecord[]; cursor?: string }>('/audit', { ...query, cursor }, signal);
    return { items: page.records, cursor: page.cursor };
  }, JSON.stringify(query));
  const isFiltered = Object.values(query).some((it) => it !== '');
  return (
    <Page
      title={t.title}
      tools={
        <Button onClick={pages.reload} disabled={pages.loading} aria-label={t.refresh} title={t.refresh}>
          <Icon name="refresh" />
        </Button>
      }
    >
      <Filter key={JSON.stringify(query)} query={query} change={change} />
      <Outcome
        {...pages}
        isEmpty={pages.items.length === 0}
        empty={<Empty icon="scroll" title={isFiltered ? t.noneFits : t.none} />}
      >
        <Table
          caption={t.title}
          rows={pages.items}
          keyOf={(it) => it.id}
          columns={[
            {
              title: t.when,
              cell: (it) => (
                <time dateTime={it.at} title={format.dateTime(it.at)} className={styles.when}>
                  {format.time(it.at)}
                </time>
              ),
            },
            {
              title: t.actor,
              cell: (it) => (
                <p>
                  <button type="button" className={styles.pick} onClick={() => change({ actor: it.actor })}>
                    {it.actor}
                  </button>
                  <AddressOf record={it} />
                </p>
              ),
            },
            {
              title: t.kind,
              cell: (it) => (
                <span title={it.kind} className={styles.line}>
                  {kinds[it.kind as Kind] ?? it.kind}
                </span>
              ),
            },
            {
              title: t.device,
              cell: (it) =>
                it.deviceId && (
                  <Link className={styles.device} href={`/devices/${encodeURIComponent(it.deviceId)}`}>
                    {it.deviceId}
                  </Link>
                ),
            },
            { title: t.outcome, cell: (it) => <OutcomeOf record={it} /> },
            { title: t.details, cell: (it) => <Details details={it.details} /> },
          ]}
        />
        <More pages={pages} />
      </Outcome>
      <p className={styles.note}>{t.zone(useZone().name)}</p>
    </Page>
  );
}

/** The address, next to the actor. */
function AddressOf({ record: { actor, details } }: { record: AuditRecord }) {
  const { address } = details;
  return typeof address === 'string' && address !== actor ? <small className={styles.address}>{address}</small> : null;
}

function OutcomeOf({ record: { outcome, details } }: { record: AuditRecord }) {
  const t = useTexts(texts);
  const troubles = useTexts(errorTexts);
  const format = useFormat();
  const { count } = details;
  return (
    <span className={styles.outcome}>
      {outcome === 'ok' ? (
        <span className="muted">{t.ok}</span>
      ) : (
        <span title={outcome}>
          <Badge tone="bad">{troubles[outcome as Trouble] ?? outcome}</Badge>
        </span>
      )}
      {typeof count === 'number' && count > 1 && <small className="muted">{t.times(format.number(count))}</small>}
    </span>
  );
}
