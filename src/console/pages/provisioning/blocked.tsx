import type { Blocked as Block } from '../../../protocol/document.ts';
import { useLoad } from '../../core/load.ts';
import { useCensus, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Outcome, Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import { useUnblock } from '../../ui/unblock.ts';
import styles from './provisioning.module.css';
import { texts } from './texts.ts';

type BlockedId = Block & { id: string; known: boolean };

/** The blocked ids, including those of removed devices. */
export function Blocked() {
  const t = useTexts(texts);
  const { rest } = useSession();
  const unblock = useUnblock();
  // A device that was removed and blocked is only in this list.
  const { devices } = useCensus();
  const read = (signal: AbortSignal) => rest.get<{ blocks: BlockedId[] }>('/blocks', { limit: 1000 }, signal);
  const list = useLoad(read, `blocks ${devices}`);
  const blocks = list.data?.blocks ?? [];
  return (
    <Section title={t.blocked}>
      <Outcome {...list} isEmpty={blocks.length === 0} empty={<p className="muted">{t.noneBlocked}</p>}>
        <Table
          caption={t.blocked}
          rows={blocks}
          keyOf={({ id }) => id}
          columns={[
            { title: t.device, cell: ({ id, known }) => (known ? id : `${id} (${t.removed})`) },
            { title: t.blockedSince, cell: ({ since }) => <Ago at={since} /> },
            { title: t.blockedBy, cell: ({ by, reason }) => (reason ? `${by}: ${reason}` : by) },
            {
              title: t.actions,
              align: 'end',
              cell: ({ id }) => (
                <span className={styles.actions}>
                  <Button
                    kind="quiet"
                    aria-label={t.unblockOf(id)}
                    onClick={() => void unblock(id).then(() => list.reload())}
                  >
                    {t.unblock}
                  </Button>
                </span>
              ),
            },
          ]}
        />
      </Outcome>
    </Section>
  );
}
