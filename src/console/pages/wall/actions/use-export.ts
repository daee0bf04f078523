import { csvText, separatorFor } from '../../../../protocol/csv.ts';
import type { DeviceDocument } from '../../../../protocol/document.ts';
import { machineOf } from '../../../../protocol/search.ts';
import { useClock } from '../../../core/clock.tsx';
import { downloadCsv } from '../../../core/download.ts';
import { playingOf } from '../../../core/playing.ts';
import { usePreferences } from '../../../core/preferences.tsx';
import { screenStatusOf, screenStatusTexts } from '../../../core/screen-status.ts';
import { useSession } from '../../../core/session.tsx';
import { defineTexts, useTexts } from '../../../core/texts.ts';
import { useReason, whyOf } from '../../../core/why.ts';
import { useZone } from '../../../core/zone.ts';

const texts = defineTexts(
  {
    file: 'screens',
    columns:
      'Id, Name, Group, Labels, Status, Reason, Since, Last seen, Plays, Playlist, Measured, Player version, Host name, Addresses, MAC addresses, Public address',
  },
  {
    file: 'pantallas',
    columns:
      'Id, Nombre, Grupo, Etiquetas, Estado, Motivo, Desde, Visto por última vez, Reproduce, Lista, Medido, Versión del reproductor, Equipo, Direcciones, Direcciones MAC, Dirección pública',
  },
);

/** Saves these devices as CSV, for a spreadsheet in the reader's locale. */
export function useExport(): (ids: readonly string[]) => void {
  const t = useTexts(texts);
  const names = useTexts(screenStatusTexts);
  const reasonText = useReason();
  const { locale } = usePreferences();
  const { fleet } = useSession();
  const clock = useClock();
  const zone = useZone();
  const timeOf = (at: string | null) => (at === null ? '' : zone.text(at));

  function rowOf(document: DeviceDocument) {
    const { id, name, group, labels, connection, report, appVersion } = document;
    const { reason, since } = whyOf(document);
    const { item, playlist } = playingOf(document);
    const { hostName, addresses, macs } = machineOf(document);
    const tags = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    return [
      ...[id, name, group, tags.join(' '), names[screenStatusOf(document)], reasonText(reason)],
      ...[timeOf(since), timeOf(connection.lastSeenAt), item, playlist, timeOf(report.measuredAt)],
      ...[appVersion, hostName, addresses.join(' '), macs.join(' '), connection.address],
    ];
  }

  return (ids) => {
    const documents = ids.flatMap((id) => fleet.devices.get(id)?.document ?? []);
    const rows = [t.columns.split(', '), ...documents.map(rowOf)];
    const day = zone.text(clock.now()).slice(0, 10);
    downloadCsv(`${t.file}-${day}.csv`, csvText(rows, separatorFor(locale)));
  };
}
