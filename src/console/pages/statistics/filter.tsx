import { type FormEvent, useState } from 'react';
import { useCensus, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { DeviceInput, deviceIdOf } from '../../ui/device-input.tsx';
import { Field } from '../../ui/field.tsx';
import { ZoneSelect } from '../../ui/zone-select.tsx';
import { rangeOf, ranges } from './range.ts';
import styles from './statistics.module.css';
import { texts } from './texts.ts';

type Query = Readonly<Record<'range' | 'from' | 'to' | 'group' | 'device', string>>;

/** The time span and the subject. */
export function Filter({ query, change }: { query: Query; change(part: Partial<Query>): void }) {
  const t = useTexts(texts);
  const { groups } = useCensus();
  const range = rangeOf(query.range);
  const isKnown = query.group === '' || groups.some(([name]) => name === query.group);
  return (
    <div className={styles.filter}>
      <Field label={t.range}>
        <select value={range} onChange={(event) => change({ range: event.target.value })}>
          {ranges.map((it) => (
            <option key={it} value={it}>
              {t[it]}
            </option>
          ))}
        </select>
      </Field>
      {range === 'custom' && (
        <>
          <Field label={t.from}>
            <input type="date" value={query.from} onChange={(event) => change({ from: event.target.value })} />
          </Field>
          <Field label={t.to}>
            <input type="date" value={query.to} onChange={(event) => change({ to: event.target.value })} />
          </Field>
        </>
      )}
      <Field label={t.group}>
        <select value={query.group} onChange={(event) => change({ group: event.target.value })}>
          <option value="">{t.allGroups}</option>
          {!isKnown && <option>{query.group}</option>}
          {groups.map(([name]) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </Field>
      <Field label={t.timeZone}>
        <ZoneSelect />
      </Field>
      <DeviceChoice key={query.device} device={query.device} choose={(device) => change({ device })} />
    </div>
  );
}

function DeviceChoice({ device, choose }: { device: string; choose(device: string): void }) {
  const t = useTexts(texts);
  const { fleet } = useSession();
  const [typed, setTyped] = useState(device);
  function submit(event: FormEvent): void {
    event.preventDefault();
    choose(deviceIdOf(fleet, typed));
  }
  return (
    <form className={styles.device} onSubmit={submit}>
      <Field label={t.device}>
        <DeviceInput value={typed} onChange={setTyped} placeholder={t.allDevices} />
      </Field>
      <Button type="submit">{t.show}</Button>
      {device !== '' && (
        <Button kind="quiet" onClick={() => choose('')}>
          {t.wholeFleet}
        </Button>
      )}
    </form>
  );
}
