import { useQuery } from '../../core/query.ts';
import { useTexts } from '../../core/texts.ts';
import { Page } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { AlertList } from './alert-list.tsx';
import { Policies } from './policies.tsx';
import { texts } from './texts.ts';

const views = ['open', 'all', 'policies'] as const;
type View = (typeof views)[number];

/** What is wrong, what was, and when that is to be told. */
export default function Alerts() {
  const t = useTexts(texts);
  const [query, change] = useQuery(['view', 'scope']);
  const view = views.find((it) => it === query.view) ?? 'open';
  return (
    <Page title={t.title}>
      <Tabs<View>
        label={t.views}
        tabs={views.map((key) => ({ key, title: t[key] }))}
        value={view}
        onChange={(next) => change({ view: next === 'open' ? '' : next, scope: '' })}
      >
        {view === 'policies' ? (
          <Policies scope={query.scope} choose={(scope) => change({ scope })} />
        ) : (
          <AlertList key={view} state={view} />
        )}
      </Tabs>
    </Page>
  );
}
