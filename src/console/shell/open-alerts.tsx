import { useEffect, useSyncExternalStore } from 'react';
import { useFormat, useNow } from '../core/clock.tsx';
import { useLoad } from '../core/load.ts';
import { useLink, useSession } from '../core/session.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';
import styles from './shell.module.css';

const texts = defineTexts(
  { open: (_count: number) => 'open' },
  { open: (count: number) => (count === 1 ? 'abierta' : 'abiertas') },
);

const MOST = 99;
/** A low rate is enough: alerts take minutes to open. */
const ASK_MS = 15_000;

/** The number of open alerts, in the navigation. */
export function OpenAlerts() {
  const t = useTexts(texts);
  const format = useFormat();
  const { rest, openAlerts } = useSession();
  const { loading, reload } = useLoad(async (signal) => {
    const query = { state: 'open', limit: MOST };
    const { alerts, cursor } = await rest.get<{ alerts: { severity: string }[]; cursor?: string }>(
      '/alerts',
      query,
      signal,
    );
    openAlerts.set(alerts, cursor !== undefined);
  }, 'open');
  const step = useNow(ASK_MS);
  const link = useLink();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step, and a connection that is back, asks again
  useEffect(() => {
    if (!loading && !document.hidden) reload();
  }, [step, link]);
  const open = useSyncExternalStore(openAlerts.subscribe, openAlerts.get);
  if (!open?.count) return null;
  return (
    <b className={`${styles.count} ${open.critical ? styles.critical : ''}`}>
      {format.number(Math.min(open.count, MOST))}
      {open.more || open.count > MOST ? '+' : ''}
      <span className="visually-hidden"> {t.open(open.count)}</span>
    </b>
  );
}
