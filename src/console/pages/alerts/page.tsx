import { Link } from 'wouter';
import { useQuery } from '../../core/query.ts';
import { useDevice, useMay } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { AlertFilter } from './alert-filter.tsx';
import { AlertList } from './alert-list.tsx';
import styles from './alerts.module.css';
import { Channels } from './channels.tsx';
import { filterKeys } from './filter-query.ts';
import { Policies } from './policies.tsx';
import { Signals } from './signals.tsx';
import { texts } from './texts.ts';

const views = ['open', 'all', 'policies', 'channels'] as const;
type View = (typeof views)[number];

/** Open and past alerts, and the policies. */
export default function Alerts() {
  const t = useTexts(texts);
  const [query, change] = useQuery(['view', 'scope', ...filterKeys]);
  const isAdmin = useMay('admin');
  const mine = views.filter((it) => it !== 'channels' || isAdmin);
  const view = mine.find((it) => it === query.view) ?? 'open';
  return (
    <Page title={t.title} tools={<Signals />}>
      <Tabs<View>
        label={t.views}
        tabs={mine.map((key) => ({ key, title: t[key] }))}
        value={view}
        onChange={(next) => change({ view: next === 'open' ? '' : next, scope: '' })}
      >
        {view === 'channels' ? (
          <Channels />
        ) : view === 'policies' ? (
          <Policies scope={query.scope} choose={(scope) => change({ scope })} />
        ) : (
          <>
            {query.device !== '' && <OfDevice id={query.device} showAll={() => change({ device: '' })} />}
            <AlertFilter query={query} change={change} />
            <AlertList key={view} state={view} filter={query} />
          </>
        )}
      </Tabs>
    </Page>
  );
}

/** The alerts of one device, and a link to all. */
function OfDevice({ id, showAll }: { id: string; showAll(): void }) {
  const t = useTexts(texts);
  const name = useDevice(id)?.document.name ?? id;
  return (
    <p className={styles.of}>
      <Link href={`/devices/${encodeURIComponent(id)}`}>{name}</Link>
      <Button kind="quiet" onClick={showAll}>
        {t.ofAll}
      </Button>
    </p>
  );
}
