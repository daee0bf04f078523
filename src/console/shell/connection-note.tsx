import { useState } from 'react';
import { useFormat, useNow } from '../core/clock.tsx';
import { useLink, useSession } from '../core/session.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';
import { Icon } from '../ui/icon.tsx';
import styles from './connection-note.module.css';

const texts = defineTexts(
  {
    lost: (time: string) => `Showing data from ${time}.`,
    age: (length: string) => `${length} old, reconnecting…`,
    connecting: 'Connecting to the server',
    polling: 'over long polling…',
    websocket: 'over WebSocket…',
  },
  {
    lost: (time: string) => `Mostrando datos de las ${time}.`,
    age: (length: string) => `Hace ${length}, reconectando…`,
    connecting: 'Conectando con el servidor',
    polling: 'por long polling…',
    websocket: 'por WebSocket…',
  },
);

/** Shown while the page is not up to date, with the age of its data. */
export function ConnectionNote() {
  const link = useLink();
  return (
    <div role="status">
      {link === 'connecting' && <Connecting />}
      {link === 'stale' && <Lost />}
    </div>
  );
}

/** Shorter attempts are not shown. */
const LONG_MS = 1000;

function Connecting() {
  const t = useTexts(texts);
  const [since] = useState(() => performance.now());
  useNow();
  if (performance.now() - since < LONG_MS) return null;
  return (
    <p className={styles.note}>
      <span>{t.connecting}</span>
      <Attempt />
    </p>
  );
}

/** The current attempt; nothing between attempts. */
function Attempt() {
  const t = useTexts(texts);
  const { transport } = useSession().admin.status;
  useNow();
  return <span aria-hidden="true">{transport && t[transport]}</span>;
}

function Lost() {
  const t = useTexts(texts);
  const format = useFormat();
  const { heardAt = Date.now() } = useSession().admin.status;
  useNow();
  return (
    <p className={styles.note}>
      <Icon name="warning" />
      <span>{t.lost(format.time(heardAt))}</span>
      <span aria-hidden="true" className="number">
        {t.age(format.duration(Math.max(1000, Date.now() - heardAt)))}
      </span>
      <Attempt />
    </p>
  );
}
