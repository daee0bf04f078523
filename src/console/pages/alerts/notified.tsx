import type { AlertNotification, NotificationStatus } from '../../../protocol/alert-notifications.ts';
import { useFormat } from '../../core/clock.tsx';
import type { Tone } from '../../core/screen-status.ts';
import { defineTexts, useTexts } from '../../core/texts.ts';
import { Badge } from '../../ui/badge.tsx';
import { Table } from '../../ui/table.tsx';
import styles from './alerts.module.css';
import { kindTexts } from './channel-texts.ts';

const notifiedTexts = defineTexts(
  {
    nobody: 'Nobody has been notified.',
    channel: 'Channel',
    about: 'Notified of',
    open: 'its beginning',
    resolved: 'its end',
    result: 'Result',
    attempts: 'Attempts',
    at: 'Last attempt',
    delivered: 'delivered',
    failed: 'failed, is tried again',
    given_up: 'given up',
    caption: 'Notifications',
  },
  {
    nobody: 'No se ha avisado a nadie.',
    channel: 'Canal',
    about: 'Aviso de',
    open: 'su inicio',
    resolved: 'su fin',
    result: 'Resultado',
    attempts: 'Intentos',
    at: 'Último intento',
    delivered: 'entregado',
    failed: 'fallido, se reintenta',
    given_up: 'abandonado',
    caption: 'Avisos',
  },
);

const tones: Readonly<Record<NotificationStatus, Tone>> = { delivered: 'good', failed: 'wait', given_up: 'bad' };

/** Who was notified of an alert, and what the receivers answered. */
export function Notified({ notifications }: { notifications: readonly AlertNotification[] }) {
  const t = useTexts(notifiedTexts);
  const kinds = useTexts(kindTexts);
  const format = useFormat();
  if (notifications.length === 0) return <p className="muted">{t.nobody}</p>;
  return (
    <Table
      caption={t.caption}
      rows={notifications}
      keyOf={(it) => `${it.channel} ${it.state}`}
      columns={[
        {
          title: t.channel,
          cell: (it) => (
            <span className={styles.two}>
              <b className={styles.name}>{it.name}</b>
              <small className="muted">{kinds[it.kind]}</small>
            </span>
          ),
        },
        { title: t.about, cell: (it) => t[it.state] },
        {
          title: t.result,
          cell: (it) => (
            <span className={styles.two}>
              <span>
                <Badge tone={tones[it.status]}>{t[it.status]}</Badge>
              </span>
              <small className="muted" lang="en">
                {it.answer}
              </small>
            </span>
          ),
        },
        { title: t.attempts, align: 'end', cell: (it) => format.number(it.attempts) },
        { title: t.at, cell: (it) => format.time(it.lastAt) },
      ]}
    />
  );
}
