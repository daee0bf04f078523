import { useCensus, useOpenAlerts, useSession } from '../../core/session.tsx';
import { defineTexts, useTexts } from '../../core/texts.ts';
import { useZone } from '../../core/zone.ts';
import { Field } from '../../ui/field.tsx';
import { Filters } from '../../ui/filters.tsx';
import styles from './alerts.module.css';
import { type FilterQuery, filterKeys } from './filter-query.ts';
import { alertTexts } from './texts.ts';

const filterTexts = defineTexts(
  {
    from: 'From',
    to: 'Until',
    kind: 'Type',
    severity: 'Severity',
    group: 'Group',
    handling: 'Handling',
    any: 'Any',
    critical: 'Critical',
    warning: 'Warning',
    yes: 'Acknowledged',
    no: 'Not acknowledged',
    assignee: 'Assigned to',
  },
  {
    from: 'Desde',
    to: 'Hasta',
    kind: 'Tipo',
    severity: 'Gravedad',
    group: 'Grupo',
    handling: 'Gestión',
    any: 'Cualquiera',
    critical: 'Crítica',
    warning: 'Aviso',
    yes: 'Vistas',
    no: 'Sin ver',
    assignee: 'Asignada a',
  },
);

/** Applies at once. A time in the address is shown by the clock of this computer. */
export function AlertFilter({ query, change }: { query: FilterQuery; change(part: Partial<FilterQuery>): void }) {
  const t = useTexts(filterTexts);
  const names = useTexts(alertTexts);
  const { groups } = useCensus();
  const known = groups.map(([name]) => name);
  const people = usePeople(query.assignee);
  const choices: [
    key: 'alert' | 'severity' | 'group' | 'acknowledged' | 'assignee',
    label: string,
    options: [string, string][],
  ][] = [
    ['alert', t.kind, Object.entries(names)],
    [
      'severity',
      t.severity,
      [
        ['critical', t.critical],
        ['warning', t.warning],
      ],
    ],
    [
      'group',
      t.group,
      [...(query.group && !known.includes(query.group) ? [query.group] : []), ...known].map((it) => [it, it]),
    ],
    [
      'acknowledged',
      t.handling,
      [
        ['true', t.yes],
        ['false', t.no],
      ],
    ],
    ['assignee', t.assignee, people.map((it) => [it, it])],
  ];
  const zone = useZone();
  return (
    <Filters count={filterKeys.filter((key) => key !== 'device' && query[key] !== '').length}>
      <div className={styles.filter}>
        {(['from', 'to'] as const).map((key) => (
          <Field key={key} label={t[key]}>
            <input
              type="datetime-local"
              value={zone.toInput(query[key])}
              onChange={(event) => change({ [key]: zone.fromInput(event.target.value) })}
            />
          </Field>
        ))}
        {choices.map(([key, label, options]) => (
          <Field key={key} label={label}>
            <select value={query[key]} onChange={(event) => change({ [key]: event.target.value })}>
              <option value="">{t.any}</option>
              {options.map(([value, text]) => (
                <option key={value} value={value}>
                  {text}
                </option>
              ))}
            </select>
          </Field>
        ))}
      </div>
    </Filters>
  );
}

/** Who is reading, who has open alerts, and who is chosen. */
function usePeople(chosen: string): readonly string[] {
  const { name } = useSession();
  const assigned = [...(useOpenAlerts()?.alerts.values() ?? [])].flatMap((it) => it.assignee ?? []);
  return [...new Set([name, ...assigned.sort(), ...(chosen ? [chosen] : [])])];
}
