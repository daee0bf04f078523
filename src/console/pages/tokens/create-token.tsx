import { type FormEvent, useState } from 'react';
import type { Role } from '../../../protocol/roles.ts';
import { faultsOf } from '../../core/faults.ts';
import { useLeaving, useUnsaved } from '../../core/leaving.tsx';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Copyable } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { ErrorNote } from '../../ui/page.tsx';
import { texts } from './texts.ts';
import styles from './tokens.module.css';

const roles = ['viewer', 'operator', 'admin'] as const;

interface Props {
  open: boolean;
  onClose(): void;
  onCreated(): void;
}

/** Asks for name and role, then shows the token, only once. */
export function CreateToken({ open, onClose, onCreated }: Props) {
  const t = useTexts(texts);
  const [made, setMade] = useState<{ name: string; token: string }>();
  const [isCopied, setCopied] = useState(false);
  const { mayLeave } = useLeaving();
  useUnsaved(made !== undefined && !isCopied);
  const close = () => {
    setCopied(false);
    setMade(undefined);
    onClose();
  };
  return (
    <Dialog
      keep={made !== undefined}
      open={open}
      onClose={() => void mayLeave().then((yes) => yes && close())}
      title={made ? t.made(made.name) : t.create}
    >
      {made ? (
        <div className={styles.form}>
          <p className={styles.once}>{t.once}</p>
          <Copyable text={made.token} of={t.token} onCopied={() => setCopied(true)} />
          <div className={styles.buttons}>
            <Button kind="primary" onClick={close}>
              {t.kept}
            </Button>
          </div>
        </div>
      ) : (
        <NewToken
          onMade={(token) => {
            setMade(token);
            onCreated();
          }}
        />
      )}
    </Dialog>
  );
}

function NewToken({ onMade }: { onMade(made: { name: string; token: string }): void }) {
  const t = useTexts(texts);
  const { rest } = useSession();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [groups, setGroups] = useState('');
  const [expires, setExpires] = useState('');
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<unknown>();
  const faults = faultsOf(error, ['name', 'role', 'groups', 'expiresAt']);

  async function create(event: FormEvent): Promise<void> {
    event.preventDefault();
    setSending(true);
    setError(undefined);
    try {
      const named = groups
        .split(',')
        .map((it) => it.trim())
        .filter(Boolean);
      const wanted = {
        name,
        role,
        ...(named.length > 0 && { groups: named }),
        ...(expires !== '' && { expiresAt: new Date(expires).toISOString() }),
      };
      onMade(await rest.post<{ name: string; token: string }>('/tokens', wanted));
    } catch (failure) {
      setError(failure);
      setSending(false);
    }
  }

  return (
    <form className={styles.form} onSubmit={(event) => void create(event)}>
      <Field label={t.name} help={t.nameHelp} error={faults.at('name')}>
        <input value={name} onChange={(event) => setName(event.target.value)} required maxLength={64} />
      </Field>
      <fieldset className={styles.roles}>
        <legend>{t.role}</legend>
        {roles.map((it) => (
          <label key={it} className={styles.role}>
            <input type="radio" name="role" checked={role === it} onChange={() => setRole(it)} />
            <span>
              {t[it]}
              <small className="muted">{t[`${it}May`]}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <Field label={t.groups} help={t.groupsHelp} error={faults.at('groups')}>
        <input value={groups} onChange={(event) => setGroups(event.target.value)} />
      </Field>
      <Field label={t.expires} help={t.expiresHelp} error={faults.at('expiresAt')}>
        <input type="datetime-local" value={expires} onChange={(event) => setExpires(event.target.value)} />
      </Field>
      {faults.rest ? <ErrorNote error={faults.rest} /> : null}
      <div className={styles.buttons}>
        <Button kind="primary" type="submit" disabled={isSending}>
          {t.make}
        </Button>
      </div>
    </form>
  );
}
