import { useState } from 'react';
import { useFormat } from '../../core/clock.tsx';
import { useDevice } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Section } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import styles from './statistics.module.css';
import { doneShare, type Stats, type Summary } from './stats.ts';
import { texts } from './texts.ts';

type Group = Stats['groups'][number];
type Device = Stats['devices'][number];

/** Columns for both groups and devices. */
function useColumns(): Column<Summary>[] {
  const t = useTexts(texts);
  const format = useFormat();
  return [
    { title: t.connected, cell: (it) => <Share share={it.uptime.share} tone={styles.soft} /> },
    { title: t.onAir, cell: (it) => <Share share={it.onAir.share} tone={styles.good} /> },
    { title: t.disconnections, align: 'end', cell: (it) => format.number(it.disconnections.count) },
    {
      title: t.commands,
      align: 'end',
      cell: ({ commands }) => {
        const done = doneShare(commands);
        return `${format.number(commands.count)}${done === undefined ? '' : ` · ${t.done(format.percent(done))}`}`;
      },
    },
    { title: t.p50, align: 'end', cell: ({ commands: { p50Ms } }) => (p50Ms === null ? '–' : format.duration(p50Ms)) },
    { title: t.p95, align: 'end', cell: ({ commands: { p95Ms } }) => (p95Ms === null ? '–' : format.duration(p95Ms)) },
  ];
}

function Share({ share, tone }: { share: number | null; tone: string | undefined }) {
  const format = useFormat();
  if (share === null) return <span className="muted">–</span>;
  return (
    <span className={styles.share}>
      <span className="number">{format.percent(share)}</span>
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect width="100" height="10" className={styles.track} />
        <rect width={share * 100} height="10" className={tone} />
      </svg>
    </span>
  );
}

export function GroupTable({ groups, choose }: { groups: readonly Group[]; choose(group: string): void }) {
  const t = useTexts(texts);
  const format = useFormat();
  const columns: Column<Group>[] = [
    {
      title: t.group,
      cell: ({ group }) =>
        group === null ? (
          <span className="muted">{t.noGroup}</span>
        ) : (
          <button type="button" className={styles.pick} onClick={() => choose(group)} aria-label={t.figuresOf(group)}>
            {group}
          </button>
        ),
    },
    { title: t.devices, align: 'end', cell: (it) => format.number(it.devices) },
    ...useColumns(),
  ];
  return (
    <Section title={t.groups}>
      <Table caption={t.groups} rows={groups} keyOf={(it) => it.group ?? ''} columns={columns} />
    </Section>
  );
}

const orders = {
  byId: undefined,
  worstOnAir: (a: Device, b: Device) => (a.onAir.share ?? 2) - (b.onAir.share ?? 2),
  mostLost: (a: Device, b: Device) => b.disconnections.count - a.disconnections.count,
};
type Order = keyof typeof orders;

export function DeviceTable({
  devices,
  hasMore,
  choose,
}: {
  devices: readonly Device[];
  hasMore: boolean;
  choose(id: string): void;
}) {
  const t = useTexts(texts);
  const [order, setOrder] = useState<Order>('byId');
  const columns: Column<Device>[] = [
    { title: t.device, cell: ({ deviceId }) => <Name id={deviceId} choose={choose} /> },
    ...useColumns(),
  ];
  return (
    <Section
      title={t.devices}
      tools={
        <>
          {hasMore && order !== 'byId' && <span className="muted">{t.ofShown}</span>}
          <select aria-label={t.order} value={order} onChange={(event) => setOrder(event.target.value as Order)}>
            {(Object.keys(orders) as Order[]).map((it) => (
              <option key={it} value={it}>
                {t[it]}
              </option>
            ))}
          </select>
        </>
      }
    >
      <Table
        caption={t.devices}
        rows={orders[order] ? devices.toSorted(orders[order]) : devices}
        keyOf={(it) => it.deviceId}
        columns={columns}
      />
    </Section>
  );
}

function Name({ id, choose }: { id: string; choose(id: string): void }) {
  const t = useTexts(texts);
  const name = useDevice(id)?.document.name;
  return (
    <span className={styles.name}>
      <button type="button" className={styles.pick} onClick={() => choose(id)} aria-label={t.figuresOf(name ?? id)}>
        {name ?? id}
      </button>
      {name && <small className="muted">{id}</small>}
    </span>
  );
}
