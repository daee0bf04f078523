import { type FormEvent, useCallback, useId, useState } from 'react';
import { intentNames } from '../../../../machines/intents.ts';
import { commandNames } from '../../../../machines/policy.ts';
import type { Schedule } from '../../../protocol/schedules.ts';
import { useCommandName } from '../../core/command-texts.ts';
import { faultsOf } from '../../core/faults.ts';
import { useCensus, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import form from '../../ui/form.module.css';
import { ErrorNote } from '../../ui/page.tsx';
import { useToast } from '../../ui/toast.tsx';
import { createOf, type Draft, draftOf, editOf, paramsIn, type TargetKind, targetKinds } from './draft.ts';
import { Preview } from './preview.tsx';
import { type Repeat, repeats, weekdays } from './rule.ts';
import styles from './schedules.module.css';
import { texts } from './texts.ts';
import { useDayName } from './use-local-time.ts';

const HOUR = 3_600_000;
const LIMITS = [600_000, HOUR / 2, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 7 * 24 * HOUR];
const PATHS = [
  'name',
  'command',
  'params',
  'start',
  'rrule',
  'timeZone',
  'withinMs',
  'target',
  'target.filter',
  'target.groups',
];

/** Players' own commands; the form offers intents instead. */
const buttons: readonly string[] = commandNames;

interface Props {
  /** Undefined: a new schedule. Null closes the form. */
  schedule: Schedule | undefined | null;
  onClose(): void;
  onSaved(): void;
}

export function ScheduleForm({ schedule, ...props }: Props) {
  const t = useTexts(texts);
  return (
    <Dialog open={schedule !== null} onClose={props.onClose} title={schedule ? t.edit : t.create} wide keep>
      {schedule !== null && <Form schedule={schedule} {...props} />}
    </Dialog>
  );
}

function Form({ schedule, onClose, onSaved }: Omit<Props, 'schedule'> & { schedule: Schedule | undefined }) {
  const t = useTexts(texts);
  const toast = useToast();
  const { rest } = useSession();
  const [draft, setDraft] = useState(() => draftOf(schedule));
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<unknown>();
  const [previewError, setPreviewError] = useState<unknown>();
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const faults = faultsOf(error ?? previewError, PATHS);
  const params = paramsIn(draft.params);

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (params === undefined || isSending) return;
    setSending(true);
    setError(undefined);
    try {
      const edit = editOf(draft, params);
      if (schedule) await rest.patch(`/schedules/${schedule.id}`, edit);
      else await rest.post('/schedules', createOf(edit));
      toast(t.saved(draft.name));
      onSaved();
      onClose();
    } catch (failure) {
      setError(failure);
      setSending(false);
    }
  }

  return (
    <form className={form.form} onSubmit={(event) => void save(event)}>
      <div className={styles.columns}>
        <div className={form.form}>
          <Field label={t.name} help={t.nameHelp} error={faults.at('name')}>
            <input
              value={draft.name}
              onChange={(event) => set({ name: event.target.value })}
              required
              maxLength={128}
              autoComplete="off"
            />
          </Field>
          <Command draft={draft} set={set} error={faults.at('command')} />
          <Field label={t.params} help={t.paramsHelp} error={params === undefined ? t.noJson : faults.at('params')}>
            <input
              value={draft.params}
              onChange={(event) => set({ params: event.target.value })}
              spellCheck={false}
              autoComplete="off"
            />
          </Field>
          <Target
            draft={draft}
            set={set}
            error={faults.at('target') ?? faults.at('target.filter') ?? faults.at('target.groups')}
          />
        </div>
        <div className={form.form}>
          <When draft={draft} set={set} at={faults.at} />
          <Missed draft={draft} set={set} />
        </div>
        <Preview draft={draft} failed={useCallback((it: unknown) => setPreviewError(it), [])} />
      </div>
      {faults.rest ? <ErrorNote error={faults.rest} /> : null}
      <div className={form.buttons}>
        <Button onClick={onClose}>{t.cancel}</Button>
        <Button kind="primary" type="submit" disabled={isSending}>
          {t.save}
        </Button>
      </div>
    </form>
  );
}

interface PartProps {
  draft: Draft;
  set(change: Partial<Draft>): void;
}

function Command({ draft, set, error }: PartProps & { error: string | undefined }) {
  const t = useTexts(texts);
  const nameOf = useCommandName();
  const { fleet } = useSession();
  const declared = new Map<string, string>();
  for (const { document } of fleet.devices.values()) {
    for (const { name } of document.capabilities?.commands ?? []) {
      if (!buttons.includes(name)) declared.set(name, nameOf(name, document));
    }
  }
  // No device may declare the schedule's command now.
  const known: readonly string[] = [...intentNames, ...declared.keys()];
  return (
    <Field label={t.command} error={error}>
      <select value={draft.command} onChange={(event) => set({ command: event.target.value })}>
        {intentNames.map((it) => (
          <option key={it} value={it}>
            {nameOf(it)}
          </option>
        ))}
        {[...declared].map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
        {!known.includes(draft.command) && <option value={draft.command}>{nameOf(draft.command)}</option>}
      </select>
    </Field>
  );
}

function Target({ draft, set, error }: PartProps & { error: string | undefined }) {
  const t = useTexts(texts);
  const { groups } = useCensus();
  const groupsId = useId();
  const { targetKind } = draft;
  return (
    <>
      <Field label={t.target} error={targetKind === 'all' ? error : undefined}>
        <select
          value={targetKind}
          onChange={(event) => set({ targetKind: event.target.value as TargetKind, targetText: '' })}
        >
          {targetKinds.map((it) => (
            <option key={it} value={it}>
              {t[it]}
            </option>
          ))}
        </select>
      </Field>
      {targetKind !== 'all' && (
        <Field label={t[targetKind]} help={t[`${targetKind}Help`]} error={error}>
          <input
            value={draft.targetText}
            onChange={(event) => set({ targetText: event.target.value })}
            required
            spellCheck={false}
            autoComplete="off"
            {...(targetKind === 'groups' && { list: groupsId })}
          />
        </Field>
      )}
      <datalist id={groupsId}>
        {groups.map(([name]) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}

function When({ draft, set, at }: PartProps & { at(path: string): string | undefined }) {
  const t = useTexts(texts);
  const zonesId = useId();
  return (
    <>
      <Field label={t.start} help={t.startHelp} error={at('start')}>
        <input
          type="datetime-local"
          value={draft.start}
          onChange={(event) => set({ start: event.target.value.slice(0, 16) })}
          required
        />
      </Field>
      <Field label={t.repeat} error={draft.repeat === 'rule' ? undefined : at('rrule')}>
        <select value={draft.repeat} onChange={(event) => set({ repeat: event.target.value as Repeat })}>
          {repeats.map((it) => (
            <option key={it} value={it}>
              {t[it]}
            </option>
          ))}
        </select>
      </Field>
      {draft.repeat === 'weekly' && <Days draft={draft} set={set} />}
      {draft.repeat === 'rule' && (
        <Field label={t.ruleLabel} help={t.ruleHelp} error={at('rrule')}>
          <input
            value={draft.rule}
            onChange={(event) => set({ rule: event.target.value })}
            required
            maxLength={500}
            spellCheck={false}
            autoComplete="off"
          />
        </Field>
      )}
      <Field label={t.timeZone} help={t.timeZoneHelp} error={at('timeZone')}>
        <input
          value={draft.timeZone}
          onChange={(event) => set({ timeZone: event.target.value })}
          list={zonesId}
          autoComplete="off"
        />
      </Field>
      <datalist id={zonesId}>
        {Intl.supportedValuesOf('timeZone').map((it) => (
          <option key={it} value={it} />
        ))}
      </datalist>
    </>
  );
}

function Days({ draft, set }: PartProps) {
  const t = useTexts(texts);
  const dayName = useDayName();
  return (
    <fieldset className={styles.days}>
      <legend>{t.days}</legend>
      {weekdays.map((day, i) => (
        <label key={day}>
          <input
            type="checkbox"
            checked={draft.days.includes(day)}
            onChange={(event) =>
              set({ days: event.target.checked ? [...draft.days, day] : draft.days.filter((it) => it !== day) })
            }
          />
          {dayName(i)}
        </label>
      ))}
    </fieldset>
  );
}

function Missed({ draft, set }: PartProps) {
  const t = useTexts(texts);
  const limitText = (ms: number) =>
    ms < HOUR
      ? t.minutes(String(ms / 60_000))
      : ms <= 24 * HOUR
        ? t.hours(String(ms / HOUR))
        : t.daysLong(String(ms / HOUR / 24));
  const limits = LIMITS.includes(draft.withinMs) ? LIMITS : [...LIMITS, draft.withinMs].sort((a, b) => a - b);
  return (
    <>
      <Field label={t.missed}>
        <select value={draft.missed} onChange={(event) => set({ missed: event.target.value as Draft['missed'] })}>
          <option value="skip">{t.skip}</option>
          <option value="once">{t.onceOnReturn}</option>
        </select>
      </Field>
      {draft.missed === 'once' && (
        <Field label={t.within}>
          <select value={draft.withinMs} onChange={(event) => set({ withinMs: Number(event.target.value) })}>
            {limits.map((it) => (
              <option key={it} value={it}>
                {limitText(it)}
              </option>
            ))}
          </select>
        </Field>
      )}
    </>
  );
}
