import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import { faultsOf } from '../../core/faults.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import styles from '../../ui/form.module.css';
import { GroupField } from '../../ui/group-field.tsx';
import { ErrorNote, Section } from '../../ui/page.tsx';
import { pairingTexts } from './pairing-texts.ts';
import own from './provisioning.module.css';
import { texts } from './texts.ts';

interface Found {
  code: string;
  name?: string;
  type?: string;
  appVersion?: string;
  address: string;
}

/** The operator types the code that a new player shows. */
export function Pairing() {
  const t = useTexts(pairingTexts);
  const { rest } = useSession();
  const [code, setCode] = useState('');
  const [found, setFound] = useState<Found>();
  const [paired, setPaired] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [isMissing, setMissing] = useState(false);

  async function find(event: FormEvent): Promise<void> {
    event.preventDefault();
    setError(undefined);
    setMissing(false);
    setPaired(undefined);
    try {
      setFound(await rest.get<Found>(`/pairings/${encodeURIComponent(code.trim())}`));
    } catch (failure) {
      if ((failure as { status?: number }).status === 404) setMissing(true);
      else setError(failure);
    }
  }

  return (
    <Section title={t.title}>
      {found ? (
        <Approve
          found={found}
          cancel={() => setFound(undefined)}
          done={(id) => {
            setPaired(id);
            setFound(undefined);
            setCode('');
          }}
        />
      ) : (
        <form className={styles.form} onSubmit={(event) => void find(event)}>
          <p className="muted">{t.why}</p>
          <Field label={t.code} help={t.codeHelp} error={isMissing ? t.none : undefined}>
            <input
              className={own.code}
              value={code}
              onChange={(event) => setCode(event.target.value.toUpperCase())}
              autoComplete="off"
              autoCapitalize="characters"
              spellCheck={false}
              maxLength={16}
              required
            />
          </Field>
          {error ? <ErrorNote error={error} /> : null}
          <div>
            <Button type="submit">{t.find}</Button>
          </div>
          {paired !== undefined && (
            <p role="status">
              {t.paired(paired)} <Link href={`/devices/${encodeURIComponent(paired)}`}>{t.open}</Link>
            </p>
          )}
        </form>
      )}
    </Section>
  );
}

function Approve({ found, cancel, done }: { found: Found; cancel(): void; done(id: string): void }) {
  const t = useTexts(pairingTexts);
  const form = useTexts(texts);
  const { rest } = useSession();
  const [given, setGiven] = useState({ id: '', name: found.name ?? '', group: '' });
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<unknown>();
  const faults = faultsOf(error, ['id', 'name', 'group']);
  const field = (key: keyof typeof given) => ({
    value: given[key],
    onChange: (event: { target: { value: string } }) => setGiven({ ...given, [key]: event.target.value }),
  });

  async function pair(event: FormEvent): Promise<void> {
    event.preventDefault();
    setSending(true);
    setError(undefined);
    const told = Object.entries(given).flatMap(([key, value]) => (value.trim() ? [[key, value.trim()]] : []));
    try {
      const { id } = await rest.post<{ id: string }>(`/pairings/${found.code}`, Object.fromEntries(told));
      done(id);
    } catch (failure) {
      setError(failure);
      setSending(false);
    }
  }

  const about = [found.name ?? t.someone, found.type, found.appVersion && t.version(found.appVersion)];
  return (
    <form className={styles.form} onSubmit={(event) => void pair(event)}>
      <p>
        <b className={own.code}>{found.code}</b> {t.found(about.filter(Boolean).join(', '), found.address)}
      </p>
      <p className="muted">{t.check}</p>
      <div className={styles.fields}>
        <Field label={`${form.name} (${form.optional})`} error={faults.at('name')}>
          <input {...field('name')} maxLength={256} autoComplete="off" />
        </Field>
        <GroupField label={`${form.group} (${form.optional})`} error={faults.at('group')} {...field('group')} />
        <Field label={`${form.id} (${form.optional})`} help={form.idHelp} error={faults.at('id')}>
          <input {...field('id')} maxLength={128} autoCapitalize="none" autoComplete="off" spellCheck={false} />
        </Field>
      </div>
      {faults.rest ? <ErrorNote error={faults.rest} /> : null}
      <div className={own.buttons}>
        <Button kind="primary" type="submit" disabled={isSending}>
          {t.pair}
        </Button>
        <Button onClick={cancel}>{t.cancel}</Button>
      </div>
    </form>
  );
}
