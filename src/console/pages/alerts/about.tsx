import { Link } from 'wouter';
import type { ShownAlert } from '../../../protocol/alerts.ts';
import { useFormat } from '../../core/clock.tsx';
import { useDevice } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import styles from './alerts.module.css';
import { texts } from './texts.ts';

/** The device, site, fleet or server that an alert is about. */
export function About({ alert: { alert, about, group, devices } }: { alert: ShownAlert }) {
  const t = useTexts(texts);
  const format = useFormat();
  const device = useDevice(about);
  if (alert.startsWith('device_')) {
    const known = device?.document;
    return (
      <span className={styles.two}>
        {known ? (
          <Link href={`/devices/${encodeURIComponent(about)}`}>{known.name ?? about}</Link>
        ) : (
          <span>{about}</span>
        )}
        <small className="muted">{[known?.name ? about : undefined, group].filter(Boolean).join(' · ')}</small>
      </span>
    );
  }
  const name = about.slice(about.indexOf(' ') + 1);
  if (alert.startsWith('server_')) return t.server(about);
  return (
    <span className={styles.two}>
      {alert.startsWith('fleet_') ? (
        <Link href="/?status=notReturned">{t.fleet}</Link>
      ) : about.startsWith('group ') ? (
        <Link href={`/?group=${encodeURIComponent(name)}`}>{t.group(name)}</Link>
      ) : (
        <span>{t.address(name)}</span>
      )}
      {devices && (
        <details className={styles.lost}>
          <summary>{t.lost(format.number(devices.length))}</summary>
          {devices.map((id) => (
            <Link key={id} href={`/devices/${encodeURIComponent(id)}`}>
              {id}
            </Link>
          ))}
        </details>
      )}
    </span>
  );
}
