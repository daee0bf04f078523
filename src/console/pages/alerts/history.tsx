import type { ActRecord } from '../../../protocol/alert-acts.ts';
import { useFormat } from '../../core/clock.tsx';
import { useTexts } from '../../core/texts.ts';
import type { AlertFile } from './alert-page.tsx';
import styles from './alerts.module.css';
import { actTexts, workTexts } from './work-texts.ts';

/** The alert's beginning, what people did, and its end. */
export function History({ file: { openedAt, resolvedAt, acts } }: { file: AlertFile }) {
  const t = useTexts(workTexts);
  return (
    <ol className={styles.history}>
      <Entry at={openedAt} text={t.opened} />
      {acts.map((it) => (
        <Act key={it.id} act={it} />
      ))}
      {resolvedAt && <Entry at={resolvedAt} text={t.ended} />}
    </ol>
  );
}

function Act({ act: { act, at, by, comment, to, until } }: { act: ActRecord }) {
  const texts = useTexts(actTexts);
  const format = useFormat();
  const text =
    act === 'assign' && to == null
      ? texts.unassigned()
      : texts[act]({ to: to ?? '', until: until ? format.time(until) : '' });
  return <Entry at={at} text={text} by={by} comment={comment} />;
}

function Entry({
  at,
  text,
  by,
  comment,
}: {
  at: string;
  text: string;
  by?: string | undefined;
  comment?: string | undefined;
}) {
  const format = useFormat();
  return (
    <li>
      <time dateTime={at} title={format.dateTime(at)} className="muted">
        {format.time(at)}
      </time>
      <div>
        {by && <b className={styles.name}>{by} </b>}
        {text}
        {comment && <p className={styles.said}>{comment}</p>}
      </div>
    </li>
  );
}
