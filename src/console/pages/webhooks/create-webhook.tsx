import { type FormEvent, useState } from 'react';
import { type EventType, eventTypes, type Webhook } from '../../../protocol/webhooks.ts';
import { faultsOf } from '../../core/faults.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { ErrorNote } from '../../ui/page.tsx';
import { Secret } from './secret.tsx';
import { eventTexts, texts } from './texts.ts';
import styles from './webhooks.module.css';

/** Asks for the URL and the events, then shows the secret, only once. */
export function CreateWebhook({ open, onClose, onCreated }: { open: boolean; onClose(): void; onCreated(): void }) {
  const t = useTexts(texts);
  const [secret, setSecret] = useState<string>();
  const close = () => {
    setSecret(undefined);
    onClose();
  };
  return (
    <Dialog keep={secret !== undefined} open={open} onClose={close} title={secret ? t.made : t.create}>
      {secret ? (
        <Secret secret={secret} onClose={close} />
      ) : (
        <NewWebhook
          onMade={(made) => {
            setSecret(made);
            onCreated();
          }}
        />
      )}
    </Dialog>
  );
}

function NewWebhook({ onMade }: { onMade(secret: string): void }) {
  const t = useTexts(texts);
  const eventNames = useTexts(eventTexts);
  const { rest } = useSession();
  const [url, setUrl] = useState('');
  const [name, setName] = useState('');
  const [groups, setGroups] = useState('');
  const [events, setEvents] = useState<readonly EventType[]>();
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<unknown>();
  const faults = faultsOf(error, ['url', 'name', 'events', 'groups']);

  async function create(event: FormEvent): Promise<void> {
    event.preventDefault();
    setSending(true);
    setError(undefined);
    const named = groups
      .split(',')
      .map((it) => it.trim())
      .filter(Boolean);
    try {
      const { secret } = await rest.post<Webhook & { secret: string }>('/webhooks', {
        url: url.trim(),
        ...(name.trim() !== '' && { name }),
        ...(events && { events }),
        ...(named.length > 0 && { groups: named }),
      });
      onMade(secret);
    } catch (failure) {
      setError(failure);
      setSending(false);
    }
  }

  return (
    <form className={styles.form} onSubmit={(event) => void create(event)}>
      <Field label={t.url} help={t.urlHelp} error={faults.at('url')}>
        <input type="url" value={url} onChange={(event) => setUrl(event.target.value)} required maxLength={2048} />
      </Field>
      <Field label={t.name} error={faults.at('name')}>
        <input value={name} onChange={(event) => setName(event.target.value)} maxLength={256} />
      </Field>
      <div>
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={events !== undefined}
            onChange={(event) => setEvents(event.target.checked ? eventTypes : undefined)}
          />
          {t.someEvents}
        </label>
        {events && (
          <fieldset className={styles.events}>
            <legend className="visually-hidden">{t.events}</legend>
            {eventTypes.map((type) => (
              <label key={type} className={styles.check}>
                <input
                  type="checkbox"
                  checked={events.includes(type)}
                  onChange={(event) =>
                    setEvents(event.target.checked ? [...events, type] : events.filter((it) => it !== type))
                  }
                />
                {eventNames[type]}
              </label>
            ))}
          </fieldset>
        )}
      </div>
      <Field label={t.groups} help={t.groupsHelp} error={faults.at('groups')}>
        <input value={groups} onChange={(event) => setGroups(event.target.value)} />
      </Field>
      {faults.rest ? <ErrorNote error={faults.rest} /> : null}
      <div className={styles.buttons}>
        <Button kind="primary" type="submit" disabled={isSending || events?.length === 0}>
          {t.make}
        </Button>
      </div>
    </form>
  );
}
