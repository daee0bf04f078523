import { useMemo } from 'react';
import { usePreferences } from '../core/preferences.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';
import { computerZone } from '../core/zone.ts';

const texts = defineTexts(
  { zone: 'Time zone', computer: (zone: string) => `${zone} (this computer)`, all: 'All time zones' },
  { zone: 'Zona horaria', computer: (zone: string) => `${zone} (este equipo)`, all: 'Todas las zonas horarias' },
);

/** The time zone of all dates and times; it applies to the whole console. */
export function ZoneSelect({ id }: { id?: string }) {
  const t = useTexts(texts);
  const { zone, set } = usePreferences();
  const own = computerZone();
  const others = useMemo(() => Intl.supportedValuesOf('timeZone').filter((it) => it !== own && it !== 'UTC'), [own]);
  const first = [...new Set([zone, own, 'UTC'])];
  return (
    <select
      id={id}
      aria-label={id === undefined ? t.zone : undefined}
      title={t.zone}
      value={zone}
      onChange={(event) => set({ zone: event.target.value })}
    >
      {first.map((it) => (
        <option key={it} value={it}>
          {it === own ? t.computer(it) : it}
        </option>
      ))}
      <optgroup label={t.all}>
        {others
          .filter((it) => it !== zone)
          .map((it) => (
            <option key={it}>{it}</option>
          ))}
      </optgroup>
    </select>
  );
}
