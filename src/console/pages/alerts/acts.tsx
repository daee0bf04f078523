import { type FormEvent, useId, useState } from 'react';
import type { ActFacts, AlertAct } from '../../../protocol/alert-acts.ts';
import { useFormat } from '../../core/clock.tsx';
import { useOpenAlerts, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { useConfirm } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import type { AlertFile } from './alert-page.tsx';
import styles from './alerts.module.css';
import { useAct } from './use-act.ts';
import { workTexts } from './work-texts.ts';

const HOUR_MS = 3_600_000;
const MUTES_MS = [HOUR_MS, 4 * HOUR_MS, 12 * HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS];

interface Props {
  file: AlertFile;
  isActing: boolean;
  act(act: AlertAct, facts: ActFacts): Promise<boolean>;
}

/** What the user can do about an alert. One that has ended can only be commented on. */
export function Acts({ file, reload }: { file: AlertFile; reload(): void }) {
  const acting = useAct(file.id, reload);
  const props = { file, ...acting };
  return (
    <div className={styles.acts}>
      {file.state === 'open' && (
        <>
          <Simple {...props} />
          <Assign {...props} />
          <Mute {...props} />
        </>
      )}
      <Comment {...props} />
    </div>
  );
}

function Simple({ file, isActing, act }: Props) {
  const t = useTexts(workTexts);
  const confirm = useConfirm();
  const why = useId();
  async function close(): Promise<void> {
    if (await confirm({ title: t.closeAsk, text: t.closeText, action: t.close })) await act('close', {});
  }
  return (
    <div>
      <div className={styles.row}>
        {file.acknowledged ? (
          <Button disabled={isActing} onClick={() => void act('unacknowledge', {})}>
            {t.unacknowledge}
          </Button>
        ) : (
          <Button kind="primary" disabled={isActing} onClick={() => void act('acknowledge', {})}>
            {t.acknowledge}
          </Button>
        )}
        <Button
          disabled={isActing || !file.closable}
          aria-describedby={file.closable ? undefined : why}
          onClick={() => void close()}
        >
          {t.close}
        </Button>
      </div>
      {!file.closable && (
        <small id={why} className="muted">
          {t.notClosable}
        </small>
      )}
    </div>
  );
}

function Assign({ file: { assignee }, isActing, act }: Props) {
  const t = useTexts(workTexts);
  const { name: me } = useSession();
  const [name, setName] = useState('');
  const known = useId();
  const others = [...(useOpenAlerts()?.alerts.values() ?? [])].flatMap((it) => it.assignee ?? []);
  async function assign(to: string | null): Promise<void> {
    if (await act('assign', { to })) setName('');
  }
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (name.trim() !== '') void assign(name);
  }
  return (
    <form className={styles.row} onSubmit={submit}>
      <Field label={t.assignee}>
        <input
          value={name}
          placeholder={assignee}
          maxLength={256}
          list={known}
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <datalist id={known}>
        {[...new Set([me, ...others])].map((it) => (
          <option key={it} value={it} />
        ))}
      </datalist>
      <Button type="submit" disabled={isActing || name.trim() === ''}>
        {t.assign}
      </Button>
      {assignee !== me && (
        <Button kind="quiet" disabled={isActing} onClick={() => void assign(me)}>
          {t.assignMe}
        </Button>
      )}
      {assignee && (
        <Button kind="quiet" disabled={isActing} onClick={() => void assign(null)}>
          {t.unassign}
        </Button>
      )}
    </form>
  );
}

function Mute({ file: { muted }, isActing, act }: Props) {
  const t = useTexts(workTexts);
  const format = useFormat();
  const [forMs, setFor] = useState(HOUR_MS);
  return (
    <div>
      <form
        className={styles.row}
        onSubmit={(event) => {
          event.preventDefault();
          void act('mute', { forMs });
        }}
      >
        <Field label={t.muteFor}>
          <select value={forMs} onChange={(event) => setFor(Number(event.target.value))}>
            {MUTES_MS.map((ms) => (
              <option key={ms} value={ms}>
                {format.duration(ms)}
              </option>
            ))}
          </select>
        </Field>
        <Button type="submit" disabled={isActing}>
          {t.mute}
        </Button>
        {muted && (
          <Button kind="quiet" disabled={isActing} onClick={() => void act('unmute', {})}>
            {t.unmute}
          </Button>
        )}
      </form>
      <small className="muted">{t.muteHelp}</small>
    </div>
  );
}

function Comment({ isActing, act }: Props) {
  const t = useTexts(workTexts);
  const [comment, setComment] = useState('');
  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (await act('comment', { comment })) setComment('');
  }
  return (
    <form className={styles.comment} onSubmit={(event) => void submit(event)}>
      <Field label={t.comment}>
        <textarea rows={2} value={comment} maxLength={2000} onChange={(event) => setComment(event.target.value)} />
      </Field>
      <div>
        <Button type="submit" disabled={isActing || comment.trim() === ''}>
          {t.addComment}
        </Button>
      </div>
    </form>
  );
}
