import { useState } from 'react';
import type { Role } from '../../../protocol/roles.ts';
import { useFormat } from '../../core/clock.tsx';
import { useLoad } from '../../core/load.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { useConfirm } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Empty, Outcome, Page, Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';
import { CreateToken } from './create-token.tsx';
import { DeviceTokens } from './device-tokens.tsx';
import { texts } from './texts.ts';
import styles from './tokens.module.css';

interface Token {
  id: string;
  name: string;
  role: Role;
  groups?: string[];
  expiresAt?: string;
  createdAt: string;
  lastUsedAt?: string;
  isUser?: true;
}

/** Admin tokens and device tokens. */
export default function Tokens() {
  const t = useTexts(texts);
  const { rest } = useSession();
  const [isCreating, setCreating] = useState(false);
  const list = useLoad((signal) => rest.get<{ tokens: Token[] }>('/tokens', {}, signal), 'tokens');
  const tokens = list.data?.tokens ?? [];
  return (
    <Page title={t.title}>
      <Section
        title={t.people}
        tools={
          <Button kind="primary" onClick={() => setCreating(true)}>
            <Icon name="plus" /> {t.create}
          </Button>
        }
      >
        <p className={styles.why}>{t.peopleWhy}</p>
        <Outcome
          {...list}
          isEmpty={tokens.length === 0}
          empty={
            <Empty icon="key" title={t.none}>
              {t.noneWhy}
            </Empty>
          }
        >
          <TokenTable tokens={tokens} reload={list.reload} />
          <p className={styles.note}>{t.configured}</p>
        </Outcome>
      </Section>
      <DeviceTokens />
      <CreateToken open={isCreating} onClose={() => setCreating(false)} onCreated={list.reload} />
    </Page>
  );
}

function TokenTable({ tokens, reload }: { tokens: readonly Token[]; reload(): void }) {
  const t = useTexts(texts);
  const format = useFormat();
  const { rest } = useSession();
  const confirm = useConfirm();
  const toast = useToast();

  async function revoke({ id, name }: Token): Promise<void> {
    const question = { title: t.revokeAsk(name), text: t.revokeText, action: t.revoke, danger: true };
    if (!(await confirm(question))) return;
    try {
      await rest.delete(`/tokens/${encodeURIComponent(id)}`);
      toast(t.revoked(name));
    } catch (error) {
      toast.error(error);
    }
    reload();
  }

  return (
    <Table
      caption={t.people}
      rows={tokens}
      keyOf={(it) => it.id}
      columns={[
        {
          title: t.name,
          cell: (it) => (
            <>
              <b className={styles.name}>{it.name}</b> {it.isUser && <small className="muted">{t.user}</small>}
            </>
          ),
        },
        { title: t.role, cell: (it) => <Badge tone={it.role === 'admin' ? 'wait' : 'muted'}>{t[it.role]}</Badge> },
        { title: t.groups, cell: (it) => it.groups?.join(', ') ?? <span className="muted">{t.allGroups}</span> },
        {
          title: t.expires,
          cell: (it) => (it.expiresAt ? format.dateTime(it.expiresAt) : <span className="muted">{t.never}</span>),
        },
        { title: t.created, cell: (it) => <Ago at={it.createdAt} /> },
        {
          title: t.lastUsed,
          cell: (it) => (it.lastUsedAt ? <Ago at={it.lastUsedAt} /> : <span className="muted">{t.never}</span>),
        },
        {
          title: t.actions,
          align: 'end',
          cell: (it) => (
            <Button
              kind="quiet"
              className={styles.action}
              aria-label={t.revokeOf(it.name)}
              onClick={() => void revoke(it)}
            >
              {t.revoke}
            </Button>
          ),
        },
      ]}
    />
  );
}
