import { type FormEvent, useState } from 'react';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { useZone } from '../../core/zone.ts';
import { Button } from '../../ui/button.tsx';
import { DeviceInput, deviceIdOf } from '../../ui/device-input.tsx';
import { Field } from '../../ui/field.tsx';
import { Filters } from '../../ui/filters.tsx';
import styles from './audit.module.css';
import { families, kindTexts, texts } from './texts.ts';

/** Query parameters of the URL and of the API. */
export const filterKeys = ['from', 'to', 'actor', 'kind', 'deviceId'] as const;
export type FilterQuery = Readonly<Record<(typeof filterKeys)[number], string>>;
const nothing: FilterQuery = { from: '', to: '', actor: '', kind: '', deviceId: '' };

/** Applies on submit. Mounted again (by its key) when the URL changes. */
export function Filter({ query, change }: { query: FilterQuery; change(query: FilterQuery): void }) {
  const t = useTexts(texts);
  const kinds = useTexts(kindTexts);
  const { fleet } = useSession();
  const zone = useZone();
  const [given, setGiven] = useState({ ...query, from: zone.toInput(query.from), to: zone.toInput(query.to) });
  const set = (part: Partial<FilterQuery>) => setGiven((before) => ({ ...before, ...part }));

  function search(event: FormEvent): void {
    event.preventDefault();
    change({
      ...given,
      actor: given.actor.trim(),
      deviceId: deviceIdOf(fleet, given.deviceId),
      from: zone.fromInput(given.from),
      to: zone.fromInput(given.to),
    });
  }

  return (
    <Filters count={filterKeys.filter((key) => query[key] !== '').length}>
      <form className={styles.filter} onSubmit={search}>
        <Field label={t.from}>
          <input type="datetime-local" value={given.from} onChange={(event) => set({ from: event.target.value })} />
        </Field>
        <Field label={t.to}>
          <input type="datetime-local" value={given.to} onChange={(event) => set({ to: event.target.value })} />
        </Field>
        <Field label={t.kind}>
          <select value={given.kind} onChange={(event) => set({ kind: event.target.value })}>
            <option value="">{t.allKinds}</option>
            {families.map(({ name, all, kinds: members }) => (
              <optgroup key={name} label={t[name]}>
                {all && <option value={all}>{t.allOf(t[name])}</option>}
                {members.map((kind) => (
                  <option key={kind} value={kind}>
                    {kinds[kind]}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
        </Field>
        <Field label={t.actor}>
          <input
            value={given.actor}
            title={t.actorHelp}
            autoComplete="off"
            onChange={(event) => set({ actor: event.target.value })}
          />
        </Field>
        <Field label={t.device}>
          <DeviceInput value={given.deviceId} onChange={(deviceId) => set({ deviceId })} />
        </Field>
        <div className={styles.buttons}>
          <Button kind="primary" type="submit">
            {t.search}
          </Button>
          <Button kind="quiet" onClick={() => change(nothing)}>
            {t.clear}
          </Button>
        </div>
      </form>
    </Filters>
  );
}
