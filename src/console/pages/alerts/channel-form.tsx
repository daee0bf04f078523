import { type FormEvent, useState } from 'react';
import { type Channel, type ChannelKind, channelKinds, smtpSecurities } from '../../../protocol/channels.ts';
import { faultsOf } from '../../core/faults.ts';
import { usePreferences } from '../../core/preferences.tsx';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { computerZone } from '../../core/zone.ts';
import { Button } from '../../ui/button.tsx';
import { Field as Labelled } from '../../ui/field.tsx';
import { ErrorNote } from '../../ui/page.tsx';
import styles from './alerts.module.css';
import { bodyOf, type Draft, draftOf, type Field, fieldsOf, gets, isSecret } from './channel-draft.ts';
import { channelTexts, fieldHelps, fieldTexts, kindTexts, securityTexts } from './channel-texts.ts';

/** Creates a channel, or edits one. Its secrets are not shown: an empty field leaves them as they are. */
export function ChannelForm({ channel, onSaved }: { channel: Channel | undefined; onSaved(): void }) {
  const t = useTexts(channelTexts);
  const kinds = useTexts(kindTexts);
  const { rest } = useSession();
  const { locale } = usePreferences();
  const [kind, setKind] = useState<ChannelKind>(channel && channel.kind !== 'alertmanager' ? channel.kind : 'email');
  const [draft, setDraft] = useState(() => draftOf(channel));
  const [error, setError] = useState<unknown>();
  const [isSending, setSending] = useState(false);
  const set = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const fields = fieldsOf[kind]
    .map((it) => it.replace('?', '') as Field)
    .filter((it) => it !== 'reportZone' || draft.gets !== 'alerts');
  const lists = ['to', 'groups'].flatMap((name) => Array.from({ length: 20 }, (_, i) => `${name}.${i}`));
  const faults = faultsOf(error, ['name', 'groups', ...fields, ...lists]);
  const faultAt = (field: string) =>
    faults.at(field) ??
    lists
      .filter((it) => it.startsWith(`${field}.`))
      .map(faults.at)
      .find(Boolean);

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    setSending(true);
    setError(undefined);
    try {
      const body = bodyOf(draft, kind, channel, locale);
      if (channel) await rest.patch(`/channels/${channel.id}`, body);
      else await rest.post('/channels', body);
      onSaved();
    } catch (failure) {
      setError(failure);
      setSending(false);
    }
  }

  return (
    <form className={styles.comment} noValidate onSubmit={(event) => void save(event)}>
      {!channel && (
        <Labelled label={t.kind}>
          <select value={kind} onChange={(event) => setKind(event.target.value as ChannelKind)}>
            {channelKinds.map((it) => (
              <option key={it} value={it}>
                {kinds[it]}
              </option>
            ))}
          </select>
        </Labelled>
      )}
      <Labelled label={t.name} error={faults.at('name')}>
        <input value={draft.name} maxLength={256} onChange={(event) => set({ name: event.target.value })} />
      </Labelled>
      {fields.map((field) => (
        <OneField
          key={field}
          field={field}
          kind={kind}
          value={draft[field]}
          isKept={channel !== undefined && isSecret(field) && channel.secrets.some((it) => it === field)}
          error={faultAt(field)}
          onChange={(text) => set({ [field]: text })}
        />
      ))}
      <Labelled label={t.groups} help={t.groupsHelp} error={faultAt('groups')}>
        <input value={draft.groups} onChange={(event) => set({ groups: event.target.value })} />
      </Labelled>
      {faults.rest ? <ErrorNote error={faults.rest} /> : null}
      <div className={styles.row}>
        <Button kind="primary" type="submit" disabled={isSending}>
          {t.save}
        </Button>
      </div>
    </form>
  );
}

function OneField({
  field,
  kind,
  value,
  isKept,
  error,
  onChange,
}: {
  field: Field;
  kind: ChannelKind;
  value: string;
  isKept: boolean;
  error: string | undefined;
  onChange(text: string): void;
}) {
  const t = useTexts(channelTexts);
  const names = useTexts(fieldTexts);
  const helps: Readonly<Record<string, string>> = useTexts(fieldHelps);
  const securities = useTexts(securityTexts);
  const help = isKept ? t.kept : (helps[`${kind}.${field}`] ?? helps[field]);
  if (field === 'security') {
    return (
      <Labelled label={names.security} error={error}>
        <select value={value} onChange={(event) => onChange(event.target.value)}>
          {smtpSecurities.map((it) => (
            <option key={it} value={it}>
              {securities[it]}
            </option>
          ))}
        </select>
      </Labelled>
    );
  }
  if (field === 'gets') {
    return (
      <Labelled label={names.gets} help={help}>
        <select value={value} onChange={(event) => onChange(event.target.value)}>
          {gets.map((it) => (
            <option key={it} value={it}>
              {t[it]}
            </option>
          ))}
        </select>
      </Labelled>
    );
  }
  if (field === 'reportZone') {
    return (
      <Labelled label={names.reportZone} help={help} error={error}>
        <select value={value} onChange={(event) => onChange(event.target.value)}>
          {[...new Set([value, computerZone(), 'UTC', ...Intl.supportedValuesOf('timeZone')])].map((it) => (
            <option key={it}>{it}</option>
          ))}
        </select>
      </Labelled>
    );
  }
  const type = field === 'password' || field === 'token' || field === 'botToken' ? 'password' : 'text';
  return (
    <Labelled label={names[field]} help={help} error={error}>
      <input
        type={type}
        autoComplete={type === 'password' ? 'new-password' : 'off'}
        inputMode={field === 'port' ? 'numeric' : undefined}
        value={value}
        maxLength={2048}
        onChange={(event) => onChange(event.target.value)}
      />
    </Labelled>
  );
}
