import { useEffect, useState } from 'react';
import type { Json } from '../../../protocol/document.ts';
import { useFormat } from '../../core/clock.tsx';
import { usePages } from '../../core/load.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Empty, More, Outcome, Section } from '../../ui/page.tsx';
import { Picture } from '../../ui/picture.tsx';
import { useToast } from '../../ui/toast.tsx';
import styles from './device.module.css';
import { texts } from './texts.ts';

interface Shot {
  id: string;
  url: string;
  thumbnailUrl: string;
  takenAt: string;
  black: boolean;
  sameAsBefore: boolean;
}

/** `current`: the facts of the last picture; a new one makes the list be asked for again. */
export function Gallery({ id, current }: { id: string; current: Json | undefined }) {
  const t = useTexts(texts);
  const format = useFormat();
  const toast = useToast();
  const { admin, rest } = useSession();
  const [isTaking, setTaking] = useState(false);
  const [open, setOpen] = useState<Shot>();
  const shots = usePages(async (cursor, signal) => {
    const page = await rest.get<{ snapshots: Shot[]; cursor?: string }>(
      `/devices/${id}/snapshots`,
      { limit: 12, cursor },
      signal,
    );
    return { items: page.snapshots, cursor: page.cursor };
  }, id);
  const latest = String((current as { url?: Json } | null | undefined)?.url ?? '');
  const { reload } = shots;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new picture is what it waits for
  useEffect(reload, [latest]);

  async function take(): Promise<void> {
    setTaking(true);
    try {
      const newest = await admin.refresh(id, 'snapshot');
      if (newest?.url === latest) toast(t.noNewer, 'wait');
      reload();
    } catch (error) {
      // The server's own words: why this device sends none.
      toast(t.notTaken, 'bad', error instanceof Error ? error.message : undefined);
    } finally {
      setTaking(false);
    }
  }

  return (
    <Section
      title={t.pictures}
      tools={
        <Button onClick={() => void take()} disabled={isTaking}>
          <Icon name="camera" /> {isTaking ? t.taking : t.take}
        </Button>
      }
    >
      <Outcome {...shots} isEmpty={shots.items.length === 0} empty={<Empty icon="camera" title={t.noPictures} />}>
        <ul className={styles.gallery}>
          {shots.items.map((shot) => (
            <li key={shot.id}>
              <button type="button" className={styles.shot} onClick={() => setOpen(shot)}>
                <span className={styles.thumb}>
                  <Picture url={shot.thumbnailUrl} alt="" />
                </span>
                <small className="number">
                  {format.time(shot.takenAt)}
                  {shot.black ? ` · ${t.black}` : shot.sameAsBefore ? ` · ${t.same}` : ''}
                </small>
              </button>
            </li>
          ))}
        </ul>
        <More pages={shots} />
      </Outcome>
      <Dialog
        wide
        open={open !== undefined}
        onClose={() => setOpen(undefined)}
        title={open ? format.dateTime(open.takenAt) : ''}
      >
        {open && <Picture url={open.url} alt={t.pictures} className={styles.full} />}
      </Dialog>
    </Section>
  );
}
