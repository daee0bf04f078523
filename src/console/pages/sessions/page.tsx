import type { ListedSession } from '../../../protocol/console-sessions.ts';
import { useFormat } from '../../core/clock.tsx';
import { useLoad } from '../../core/load.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { useConfirm } from '../../ui/dialog.tsx';
import { Outcome, Page, Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';
import { browserOf } from './browser.ts';
import styles from './sessions.module.css';
import { texts } from './texts.ts';

/** The browsers that are signed in, to sign them out. */
export default function Sessions() {
  const t = useTexts(texts);
  const format = useFormat();
  const { rest, role, groups, signOut } = useSession();
  const confirm = useConfirm();
  const toast = useToast();
  const list = useLoad((signal) => rest.get<{ sessions: ListedSession[] }>('/sessions', {}, signal), 'sessions');
  const sessions = list.data?.sessions ?? [];
  const named = (userAgent: string) => {
    const { browser, system } = browserOf(userAgent);
    return browser && system ? t.on(browser, system) : (browser ?? system ?? t.unknown);
  };

  async function end({ id, userAgent, current }: ListedSession): Promise<void> {
    const question = { title: t.endAsk(named(userAgent)), text: t.endText, action: t.end, danger: true };
    if (!current && !(await confirm(question))) return;
    try {
      if (current) return await signOut();
      await rest.delete(`/sessions/${encodeURIComponent(id)}`);
      toast(t.ended);
    } catch (error) {
      toast.error(error);
    }
    list.reload();
  }

  return (
    <Page title={t.title}>
      <Section title={t.whose}>
        <p className={styles.why}>{role === 'admin' && !groups ? t.all : t.own}</p>
        <Outcome {...list} isEmpty={false} empty={null}>
          <Table
            caption={t.whose}
            rows={sessions}
            keyOf={({ id }) => id}
            columns={[
              { title: t.name, cell: (it) => <b>{it.name}</b> },
              {
                title: t.browser,
                cell: (it) => (
                  <span title={it.userAgent}>
                    {named(it.userAgent)} {it.current && <Badge tone="good">{t.current}</Badge>}
                  </span>
                ),
              },
              { title: t.address, cell: (it) => it.address },
              { title: t.since, cell: (it) => <Ago at={it.createdAt} /> },
              { title: t.lastUsed, cell: (it) => <Ago at={it.lastUsedAt ?? it.createdAt} /> },
              { title: t.expires, cell: (it) => format.dateTime(it.expiresAt) },
              {
                title: t.actions,
                align: 'end',
                cell: (it) => (
                  <Button
                    kind="quiet"
                    className={styles.action}
                    aria-label={it.current ? t.end : t.endOf(it.name, named(it.userAgent))}
                    onClick={() => void end(it)}
                  >
                    {t.end}
                  </Button>
                ),
              },
            ]}
          />
        </Outcome>
      </Section>
    </Page>
  );
}
