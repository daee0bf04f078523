import { type ReactNode, useId, useMemo } from 'react';
import type { Policy } from '../../../protocol/alerts.ts';
import { useFormat } from '../../core/clock.tsx';
import { faultsOf } from '../../core/faults.ts';
import { useTexts } from '../../core/texts.ts';
import { Field } from '../../ui/field.tsx';
import { ErrorNote } from '../../ui/page.tsx';
import styles from './alerts.module.css';
import { HoursEditor } from './hours-editor.tsx';
import { MaintenanceEditor } from './maintenance-editor.tsx';
import { type Draft, fieldsOf, type Limit, limits, weekOf } from './policy.ts';
import { policyTexts } from './policy-texts.ts';
import { useFaultText, useHoursText } from './words.ts';

/** Edits all fields of a policy. The server's faults are shown at their fields. */
export function PolicyForm({
  draft,
  change,
  inherited,
  error,
}: {
  draft: Draft;
  change(draft: Draft): void;
  inherited: Policy;
  error: unknown;
}) {
  const t = useTexts(policyTexts);
  const format = useFormat();
  const hoursText = useHoursText();
  const faultText = useFaultText();
  const zones = useMemo(() => Intl.supportedValuesOf('timeZone'), []);
  const zonesId = useId();
  const faults = faultsOf(error, fieldsOf(draft));
  const at = (path: string) => faultText(path, faults.at(path));
  const labels: Record<Limit, string> = {
    offlineAfterMs: t.offlineLabel,
    notOnAirAfterMs: t.notOnAirLabel,
    recoverAfterMs: t.recoverLabel,
  };
  return (
    <>
      <div className={styles.fields}>
        {limits.map((it) => (
          <Field key={it} label={labels[it]} help={t.inherited(format.duration(inherited[it] ?? 0))} error={at(it)}>
            <input
              inputMode="decimal"
              value={draft.limits[it]}
              onChange={(event) => change({ ...draft, limits: { ...draft.limits, [it]: event.target.value } })}
            />
          </Field>
        ))}
        <Field label={t.timeZone} help={t.zoneHelp(inherited.timeZone ?? t.deviceZone)} error={at('timeZone')}>
          <input
            value={draft.timeZone}
            list={zonesId}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => change({ ...draft, timeZone: event.target.value })}
          />
        </Field>
        <datalist id={zonesId}>
          {zones.map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
      </div>
      <Part
        title={t.ownHours}
        isOwn={draft.hours !== undefined}
        setOwn={(own) => change({ ...draft, hours: own ? weekOf(inherited.hours ?? allWeek) : undefined })}
        otherwise={t.hoursInherited(hoursText(inherited.hours))}
      >
        {draft.hours && <HoursEditor hours={draft.hours} change={(hours) => change({ ...draft, hours })} at={at} />}
      </Part>
      <Part
        title={t.ownMaintenance}
        isOwn={draft.maintenance !== undefined}
        setOwn={(own) => change({ ...draft, maintenance: own ? [{ from: '', to: '', note: '' }] : undefined })}
      >
        {draft.maintenance && (
          <MaintenanceEditor
            windows={draft.maintenance}
            change={(maintenance) => change({ ...draft, maintenance })}
            at={at}
          />
        )}
      </Part>
      {faults.rest ? <ErrorNote error={faults.rest} /> : null}
    </>
  );
}

const day: ['08:00', '22:00'][] = [['08:00', '22:00']];
const allWeek = { mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day };

function Part({
  title,
  isOwn,
  setOwn,
  otherwise,
  children,
}: {
  title: string;
  isOwn: boolean;
  setOwn(own: boolean): void;
  otherwise?: string;
  children: ReactNode;
}) {
  return (
    <div className={styles.part}>
      <label className={styles.own}>
        <input type="checkbox" checked={isOwn} onChange={(event) => setOwn(event.target.checked)} />
        {title}
      </label>
      {isOwn ? children : otherwise && <p className={styles.otherwise}>{otherwise}</p>}
    </div>
  );
}
