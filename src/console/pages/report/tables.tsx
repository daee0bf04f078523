import { useFormat } from '../../core/clock.tsx';
import { useTexts } from '../../core/texts.ts';
import { Section } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import type { Summary } from '../statistics/stats.ts';
import styles from './report.module.css';
import type { Report, ReportDevice } from './report.ts';
import { texts } from './texts.ts';

function useShares(): Column<Summary>[] {
  const t = useTexts(texts);
  const format = useFormat();
  const share = (it: number | null) => (it === null ? '–' : format.percent(it));
  return [
    { title: t.available, align: 'end', cell: (it) => share(it.uptime.share) },
    { title: t.onAir, align: 'end', cell: (it) => share(it.onAir.share) },
    { title: t.losses, align: 'end', cell: (it) => format.number(it.disconnections.count) },
  ];
}

export function GroupSection({ groups }: Pick<Report, 'groups'>) {
  const t = useTexts(texts);
  const format = useFormat();
  const columns: Column<Report['groups'][number]>[] = [
    { title: t.group, cell: (it) => it.group ?? <span className="muted">{t.noGroup}</span> },
    { title: t.screens, align: 'end', cell: (it) => format.number(it.devices) },
    ...useShares(),
  ];
  return (
    <Section title={t.byGroup} className={styles.long}>
      <Table caption={t.byGroup} rows={groups} keyOf={(it) => it.group ?? ''} columns={columns} />
    </Section>
  );
}

/** Those with the least time on air first. */
export function ScreenSection({ devices, all }: { devices: readonly ReportDevice[]; all: number }) {
  const t = useTexts(texts);
  const format = useFormat();
  const columns: Column<ReportDevice>[] = [
    {
      title: t.screen,
      cell: ({ name, deviceId }) => (
        <>
          {name ?? deviceId} {name && <small className="muted">{deviceId}</small>}
        </>
      ),
    },
    { title: t.group, cell: (it) => it.group ?? '–' },
    ...useShares(),
    { title: t.incidents, align: 'end', cell: (it) => format.number(it.incidents) },
  ];
  const rows = devices.toSorted((a, b) => (a.onAir.share ?? 2) - (b.onAir.share ?? 2));
  return (
    <Section title={t.byScreen} className={`${styles.long} ${styles.screens}`}>
      {devices.length < all && (
        <p className={styles.note}>{t.firstOnly(format.number(devices.length), format.number(all))}</p>
      )}
      <Table caption={t.byScreen} rows={rows} keyOf={(it) => it.deviceId} columns={columns} />
    </Section>
  );
}

const ITEMS = 50;

export function PlaybackSection({ playback }: { playback: Report['total']['playback'] }) {
  const t = useTexts(texts);
  const format = useFormat();
  const all = playback.reduce((sum, { ms }) => sum + ms, 0);
  const columns: Column<Report['total']['playback'][number]>[] = [
    { title: t.item, cell: (it) => it.item?.split('/').at(-1) || <span className="muted">{t.notReported}</span> },
    { title: t.playlist, cell: (it) => it.playlist ?? '–' },
    { title: t.played, align: 'end', cell: (it) => format.hours(it.ms) },
    { title: t.share, align: 'end', cell: (it) => format.percent(all > 0 ? it.ms / all : 0) },
  ];
  return (
    <Section title={t.byItem} className={styles.long}>
      {playback.length > ITEMS && <p className={styles.note}>{t.moreItems(format.number(ITEMS))}</p>}
      {playback.length === 0 ? (
        <p className="muted">{t.noPlayback}</p>
      ) : (
        <Table
          caption={t.byItem}
          rows={playback.slice(0, ITEMS)}
          keyOf={(it) => `${it.item}\n${it.playlist}`}
          columns={columns}
        />
      )}
    </Section>
  );
}
