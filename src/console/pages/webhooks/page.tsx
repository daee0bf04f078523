import { useState } from 'react';
import type { Webhook } from '../../../protocol/webhooks.ts';
import { useLoad } from '../../core/load.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Empty, Outcome, Page, Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import { Actions } from './actions.tsx';
import { CreateWebhook } from './create-webhook.tsx';
import { Deliveries } from './deliveries.tsx';
import { Secret } from './secret.tsx';
import { disabledTexts, eventTexts, texts } from './texts.ts';
import styles from './webhooks.module.css';

/** The webhooks and their health. */
export default function Webhooks() {
  const t = useTexts(texts);
  const { rest } = useSession();
  const [isCreating, setCreating] = useState(false);
  const [opened, setOpened] = useState<Webhook>();
  const [rotated, setRotated] = useState<Webhook & { secret: string }>();
  const list = useLoad((signal) => rest.get<{ webhooks: Webhook[] }>('/webhooks', {}, signal), 'webhooks');
  const webhooks = list.data?.webhooks ?? [];
  return (
    <Page title={t.title}>
      <Section
        title={t.receivers}
        tools={
          <Button kind="primary" onClick={() => setCreating(true)}>
            <Icon name="plus" /> {t.create}
          </Button>
        }
      >
        <p className={styles.why}>{t.why}</p>
        <Outcome
          {...list}
          isEmpty={webhooks.length === 0}
          empty={
            <Empty icon="hook" title={t.none}>
              {t.noneWhy}
            </Empty>
          }
        >
          <WebhookTable webhooks={webhooks} reload={list.reload} onOpen={setOpened} onRotated={setRotated} />
        </Outcome>
      </Section>
      <CreateWebhook open={isCreating} onClose={() => setCreating(false)} onCreated={list.reload} />
      <Dialog wide open={opened !== undefined} onClose={() => setOpened(undefined)} title={t.deliveries}>
        {opened && <Deliveries webhook={opened} />}
      </Dialog>
      <Dialog keep open={rotated !== undefined} onClose={() => setRotated(undefined)} title={t.rotated}>
        {rotated && (
          <Secret
            secret={rotated.secret}
            previousUntil={rotated.previousSecretUntil}
            onClose={() => setRotated(undefined)}
          />
        )}
      </Dialog>
    </Page>
  );
}

interface TableProps {
  webhooks: readonly Webhook[];
  reload(): void;
  onOpen(webhook: Webhook): void;
  onRotated(webhook: Webhook & { secret: string }): void;
}

function WebhookTable({ webhooks, ...on }: TableProps) {
  const t = useTexts(texts);
  const events = useTexts(eventTexts);
  return (
    <Table
      caption={t.receivers}
      rows={webhooks}
      keyOf={(it) => it.id}
      columns={[
        {
          title: t.url,
          cell: ({ url, name }) => (
            <div>
              <span className={styles.url}>{name ?? url}</span>
              {name && <small className={`muted ${styles.state}`}>{url}</small>}
            </div>
          ),
        },
        {
          title: t.events,
          cell: (it) =>
            it.events?.map((type) => events[type] ?? type).join(', ') ?? <span className="muted">{t.allEvents}</span>,
        },
        { title: t.groups, cell: (it) => it.groups?.join(', ') ?? <span className="muted">{t.allGroups}</span> },
        { title: t.status, cell: (it) => <State webhook={it} /> },
        { title: t.actions, align: 'end', cell: (it) => <Actions webhook={it} {...on} /> },
      ]}
    />
  );
}

function State({ webhook: { disabled, failingSince } }: { webhook: Webhook }) {
  const t = useTexts(texts);
  const whys = useTexts(disabledTexts);
  if (disabled) {
    return (
      <div>
        <Badge tone={disabled.why === 'by an admin' ? 'muted' : 'bad'}>{t.disabledState}</Badge>
        <small className={`muted ${styles.state}`}>
          {whys[disabled.why]}, <Ago at={disabled.since} />
        </small>
      </div>
    );
  }
  if (!failingSince) return <Badge tone="good">{t.ok}</Badge>;
  return (
    <div>
      <Badge tone="wait">{t.failing}</Badge>
      <small className={`muted ${styles.state}`}>
        <Ago at={failingSince} />
      </small>
    </div>
  );
}
