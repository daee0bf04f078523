import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import type { SavedView } from '../../../../protocol/views.ts';
import { faultsOf } from '../../../core/faults.ts';
import { useMay, useSession } from '../../../core/session.tsx';
import { useTexts } from '../../../core/texts.ts';
import { Button } from '../../../ui/button.tsx';
import { Dialog, useConfirm } from '../../../ui/dialog.tsx';
import { Field } from '../../../ui/field.tsx';
import form from '../../../ui/form.module.css';
import { Icon } from '../../../ui/icon.tsx';
import { ErrorNote, Outcome } from '../../../ui/page.tsx';
import { useToast } from '../../../ui/toast.tsx';
import wall from '../wall.module.css';
import { texts } from './texts.ts';
import { useViews } from './use-views.ts';
import styles from './views.module.css';

/** Opens, saves, renames and deletes named views. The button shows the name of the current one. */
export function Views() {
  const t = useTexts(texts);
  const [isOpen, setOpen] = useState(false);
  const loaded = useViews();
  const { views, current, query, reload } = loaded;
  const mayEdit = useMay('operator');
  const close = () => setOpen(false);
  return (
    <>
      <Button
        kind="quiet"
        title={t.title}
        aria-haspopup="dialog"
        onClick={() => {
          reload();
          setOpen(true);
        }}
      >
        <Icon name="bookmark" /> <span className={wall.commandText}>{current?.name ?? t.views}</span>
      </Button>
      <Dialog open={isOpen} onClose={close} title={t.title}>
        <Outcome {...loaded} isEmpty={views.length === 0} empty={<p className="muted">{t.none}</p>}>
          <ul className={styles.list}>
            {views.map((it) => (
              <Item key={it.id} view={it} isCurrent={it === current} mayEdit={mayEdit} reload={reload} close={close} />
            ))}
          </ul>
        </Outcome>
        {mayEdit ? (
          <Save views={views} query={query} reload={reload} close={close} />
        ) : (
          <p className="muted">{t.readOnly}</p>
        )}
        <Link href={`/?${query}&tv`}>{t.tvNow}</Link>
      </Dialog>
    </>
  );
}

interface ItemProps {
  view: SavedView;
  isCurrent: boolean;
  mayEdit: boolean;
  reload(): void;
  close(): void;
}

function Item({ view, isCurrent, mayEdit, reload, close }: ItemProps) {
  const t = useTexts(texts);
  const { rest } = useSession();
  const confirm = useConfirm();
  const toast = useToast();
  const [isRenaming, setRenaming] = useState(false);
  const { id, name, query, changedBy } = view;
  const path = `/views/${encodeURIComponent(id)}`;

  async function rename(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const wanted = String(new FormData(event.currentTarget).get('name') ?? '').trim();
    try {
      if (wanted !== name) await rest.patch(path, { name: wanted });
      setRenaming(false);
      reload();
    } catch (error) {
      toast.error(error);
    }
  }

  async function remove(): Promise<void> {
    const question = { title: t.removeAsk(name), text: t.removeText, action: t.removeAction, danger: true };
    if (!(await confirm(question))) return;
    try {
      await rest.delete(path);
      toast(t.removed(name));
    } catch (error) {
      toast.error(error);
    }
    reload();
  }

  if (isRenaming) {
    return (
      <li>
        <form className={styles.rename} onSubmit={(event) => void rename(event)}>
          <input name="name" aria-label={t.newName} defaultValue={name} maxLength={128} required autoComplete="off" />
          <Button type="submit" kind="primary">
            {t.confirm}
          </Button>
          <Button onClick={() => setRenaming(false)}>{t.cancel}</Button>
        </form>
      </li>
    );
  }
  return (
    <li className={styles.item}>
      <Link href={`/?${query}`} aria-current={isCurrent ? 'page' : undefined} onClick={close} className={styles.name}>
        {name}
      </Link>
      <small className="muted">{t.by(changedBy)}</small>
      <Link href={`/?${query}&tv`} aria-label={t.tv(name)} title={t.tv(name)} className={styles.tv}>
        <Icon name="screen" /> {t.tvShort}
      </Link>
      {mayEdit && (
        <>
          <Button kind="quiet" aria-label={t.rename(name)} title={t.rename(name)} onClick={() => setRenaming(true)}>
            <Icon name="pen" />
          </Button>
          <Button kind="quiet" aria-label={t.remove(name)} title={t.remove(name)} onClick={() => void remove()}>
            <Icon name="close" />
          </Button>
        </>
      )}
    </li>
  );
}

/** A name that is known replaces that view. */
function Save({
  views,
  query,
  reload,
  close,
}: {
  views: readonly SavedView[];
  query: string;
  reload(): void;
  close(): void;
}) {
  const t = useTexts(texts);
  const { rest } = useSession();
  const toast = useToast();
  const [name, setName] = useState('');
  const [error, setError] = useState<unknown>();
  const wanted = name.trim();
  const known = views.find((it) => it.name.toLowerCase() === wanted.toLowerCase());
  const faults = faultsOf(error, ['name']);

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    setError(undefined);
    try {
      if (known) await rest.patch(`/views/${encodeURIComponent(known.id)}`, { query });
      else await rest.post('/views', { name: wanted, query });
      toast(t.saved(wanted));
      setName('');
      reload();
      close();
    } catch (failure) {
      setError(failure);
    }
  }

  return (
    <form className={form.form} onSubmit={(event) => void save(event)}>
      <Field label={t.name} help={t.help} error={faults.at('name')}>
        <input value={name} onChange={(event) => setName(event.target.value)} maxLength={128} autoComplete="off" />
      </Field>
      {faults.rest ? <ErrorNote error={faults.rest} /> : null}
      <div className={form.buttons}>
        <Button type="submit" kind="primary" disabled={wanted === ''}>
          {known ? t.replace : t.save}
        </Button>
      </div>
    </form>
  );
}
