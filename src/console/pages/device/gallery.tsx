import { useEffect, useState } from 'react';
import type { DeviceDocument } from '../../../protocol/document.ts';
import { useFormat } from '../../core/clock.tsx';
import { usePages } from '../../core/load.ts';
import { pictureOf } from '../../core/playing.ts';
import { useObstacle } from '../../core/send.ts';
import { useServerWords } from '../../core/server-words.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Empty, More, Outcome, Section } from '../../ui/page.tsx';
import { Picture } from '../../ui/picture.tsx';
import { Ago } from '../../ui/time.tsx';
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

/** The screenshots. Reloads when the document has a newer one. */
export function Gallery({ id, document }: { id: string; document: DeviceDocument }) {
  const t = useTexts(texts);
  const format = useFormat();
  const toast = useToast();
  const words = useServerWords();
  const { admin, rest } = useSession();
  const [isTaking, setTaking] = useState(false);
  const [openId, setOpen] = useState<string>();
  const obstacle = useNoPicture(document);
  const shots = usePages(async (cursor, signal) => {
    const page = await rest.get<{ snapshots: Shot[]; cursor?: string }>(
      `/devices/${id}/snapshots`,
      { limit: 12, cursor },
      signal,
    );
    return { items: page.snapshots, cursor: page.cursor };
  }, id);
  const latest = pictureOf(document.state)?.url ?? '';
  const at = shots.items.findIndex((it) => it.id === openId);
  const open = shots.items[at];
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
      // The player's reason for not sending a screenshot.
      toast(t.notTaken, 'bad', error instanceof Error ? words(error.message) : undefined);
    } finally {
      setTaking(false);
    }
  }

  return (
    <Section
      title={t.pictures}
      tools={
        <Button onClick={() => void take()} disabled={isTaking || obstacle !== undefined} title={obstacle}>
          <Icon name="camera" /> {isTaking ? t.taking : t.take}
        </Button>
      }
    >
      <Outcome {...shots} isEmpty={shots.items.length === 0} empty={<Empty icon="camera" title={t.noPictures} />}>
        <ul className={styles.gallery}>
          {shots.items.map((shot) => (
            <li key={shot.id}>
              <button type="button" className={styles.shot} onClick={() => setOpen(shot.id)}>
                <span className={styles.thumb}>
                  <Picture url={shot.thumbnailUrl} alt="" />
                </span>
                <small className="number">
                  <Ago at={shot.takenAt} />
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
        {open && (
          <>
            <Picture url={open.url} alt={t.pictureAlt} className={styles.full} />
            <ShotButtons at={at} shots={shots.items} show={(shot) => setOpen(shot.id)} name={id} />
          </>
        )}
      </Dialog>
    </Section>
  );
}

/** Why a screenshot cannot be requested. Every role may request one. */
function useNoPicture(document: DeviceDocument): string | undefined {
  const { role } = useSession();
  const obstacle = useObstacle()(document);
  return role === 'viewer' ? undefined : obstacle;
}

/** Buttons for the previous and next screenshot (also by arrow keys) and for the download. */
function ShotButtons({
  at,
  shots,
  show,
  name,
}: {
  at: number;
  shots: readonly Shot[];
  show(shot: Shot): void;
  name: string;
}) {
  const t = useTexts(texts);
  const { pictures } = useSession();
  const toast = useToast();
  const [newer, shot, older] = [shots[at - 1], shots[at] as Shot, shots[at + 1]];
  useEffect(() => {
    const pressed = ({ key }: KeyboardEvent) => {
      const wanted = key === 'ArrowLeft' ? newer : key === 'ArrowRight' ? older : undefined;
      if (wanted) show(wanted);
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  });
  async function save(): Promise<void> {
    try {
      const link = window.document.createElement('a');
      link.href = await pictures.fetch(shot.url);
      link.download = `${name} ${shot.takenAt.replaceAll(':', '-')}`;
      link.click();
    } catch (error) {
      toast.error(error);
    }
  }
  return (
    <div className={styles.shotButtons}>
      <Button disabled={!newer} onClick={() => newer && show(newer)}>
        <Icon name="back" /> {t.previousShot}
      </Button>
      <Button disabled={!older} onClick={() => older && show(older)}>
        {t.nextShot} <Icon name="forward" />
      </Button>
      <Button onClick={() => void save()}>
        <Icon name="down" /> {t.download}
      </Button>
    </div>
  );
}
