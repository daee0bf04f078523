import type { Webhook, WebhookDelivery } from '../../../protocol/webhooks.ts';
import { useFormat } from '../../core/clock.tsx';
import { usePages } from '../../core/load.ts';
import type { Tone } from '../../core/screen-status.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Badge } from '../../ui/badge.tsx';
import { Empty, More, Outcome } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import { deliveryTexts, eventTexts, texts } from './texts.ts';
import styles from './webhooks.module.css';

const tones: Readonly<Record<WebhookDelivery['status'], Tone>> = { pending: 'wait', delivered: 'good', failed: 'bad' };

/** The messages of the last week, newest first. */
export function Deliveries({ webhook: { id, url } }: { webhook: Webhook }) {
  const t = useTexts(texts);
  const events = useTexts(eventTexts);
  const statuses = useTexts(deliveryTexts);
  const format = useFormat();
  const { rest } = useSession();
  const pages = usePages(async (cursor, signal) => {
    const path = `/webhooks/${encodeURIComponent(id)}/deliveries`;
    const page = await rest.get<{ deliveries: WebhookDelivery[]; cursor?: string }>(
      path,
      { limit: 50, cursor },
      signal,
    );
    return { items: page.deliveries, cursor: page.cursor };
  }, id);
  return (
    <Outcome {...pages} isEmpty={pages.items.length === 0} empty={<Empty icon="scroll" title={t.noDeliveries} />}>
      <Table
        caption={t.deliveriesOf(url)}
        rows={pages.items}
        keyOf={(it) => it.id}
        columns={[
          { title: t.created, cell: (it) => <Ago at={it.createdAt} /> },
          { title: t.type, cell: (it) => events[it.type] ?? it.type },
          { title: t.attempts, align: 'end', cell: (it) => format.number(it.attempts) },
          {
            title: t.result,
            cell: ({ status, error, nextAttemptAt }) => (
              <div>
                <Badge tone={tones[status]}>{statuses[status]}</Badge>
                {error && (
                  <small className={`muted ${styles.state}`} lang="en">
                    {error}
                  </small>
                )}
                {nextAttemptAt && (
                  <small className={`muted ${styles.state}`}>{t.next(format.time(nextAttemptAt))}</small>
                )}
              </div>
            ),
          },
        ]}
      />
      <More pages={pages} />
    </Outcome>
  );
}
