import type { Policy } from '../../../protocol/alerts.ts';
import { usePages } from '../../core/load.ts';
import { useMay, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { More, Outcome } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import styles from './alerts.module.css';
import { ChooseScope } from './choose-scope.tsx';
import { EditPolicy } from './edit-policy.tsx';
import { isScope, type Scope } from './policy.ts';
import { policyTexts } from './policy-texts.ts';
import { useHoursText, useLimitsText, useWhose } from './words.ts';

interface Row {
  scope: Scope;
  policy: Policy;
}

/** All policies, or the chosen one. */
export function Policies({ scope, choose }: { scope: string; choose(scope: string): void }) {
  return isScope(scope) ? (
    <EditPolicy key={scope} scope={scope} onClose={() => choose('')} />
  ) : (
    <PolicyList choose={choose} />
  );
}

function PolicyList({ choose }: { choose(scope: Scope): void }) {
  const t = useTexts(policyTexts);
  const { rest } = useSession();
  const mayEdit = useMay('admin');
  const pages = usePages(async (cursor, signal) => {
    const page = await rest.get<{ policies: Row[]; cursor?: string }>('/policies', { limit: 200, cursor }, signal);
    return { items: page.policies, cursor: page.cursor };
  }, 'policies');
  const others = pages.items.filter(({ scope }) => scope !== 'default');
  const general = pages.items.find(({ scope }) => scope === 'default') ?? { scope: 'default', policy: {} };
  return (
    <>
      <p className={styles.why}>{t.why}</p>
      <Outcome {...pages} isEmpty={!pages.isLoaded} empty={null}>
        <PolicyTable rows={[general, ...others]} choose={choose} />
        <More pages={pages} />
      </Outcome>
      {mayEdit ? <ChooseScope choose={choose} /> : <p className="muted">{t.readOnly}</p>}
    </>
  );
}

function PolicyTable({ rows, choose }: { rows: readonly Row[]; choose(scope: Scope): void }) {
  const t = useTexts(policyTexts);
  const mayEdit = useMay('admin');
  const whose = useWhose();
  const hoursText = useHoursText();
  const limitsText = useLimitsText();
  const inherits = (scope: Scope) => <span className="muted">{scope === 'default' ? t.builtIn : t.inherits}</span>;
  return (
    <Table
      caption={t.policies}
      rows={rows}
      keyOf={(it) => it.scope}
      columns={[
        { title: t.whose, cell: (it) => <b className={styles.name}>{whose(it.scope)}</b> },
        { title: t.thresholds, cell: ({ scope, policy }) => limitsText(policy) || inherits(scope) },
        {
          title: t.hours,
          cell: ({ scope, policy }) =>
            policy.hours ? hoursText(policy.hours) : scope === 'default' ? t.always : inherits(scope),
        },
        {
          title: t.maintenance,
          cell: ({ policy }) => policy.maintenance?.length && t.windows(policy.maintenance.length),
        },
        {
          title: t.actions,
          align: 'end',
          cell: ({ scope }) => (
            <Button
              kind="quiet"
              className={styles.action}
              aria-label={mayEdit ? t.editOf(whose(scope)) : t.lookOf(whose(scope))}
              onClick={() => choose(scope)}
            >
              {mayEdit ? t.edit : t.look}
            </Button>
          ),
        },
      ]}
    />
  );
}
