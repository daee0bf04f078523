import type { DeviceDocument } from '../../../protocol/document.ts';
import { useTexts } from '../../core/texts.ts';
import { Icon } from '../../ui/icon.tsx';
import { For } from '../../ui/time.tsx';
import styles from './device.module.css';
import { texts } from './texts.ts';

/** What to know before anybody believes the rest of the page. */
export function Notices({ document }: { document: DeviceDocument }) {
  const t = useTexts(texts);
  const { conflict } = document.connection;
  const { refused } = document.report;
  const { blocked } = document;
  return (
    <>
      {blocked && (
        <div className={styles.notice} role="alert">
          <Icon name="warning" size={18} />
          <div>
            <b>{t.blocked(blocked.by)}</b> · <For since={blocked.since} />
            {blocked.reason && <p>{blocked.reason}</p>}
          </div>
        </div>
      )}
      {conflict && (
        <div className={styles.notice} role="alert">
          <Icon name="warning" size={18} />
          <div>
            <b>{t.conflict}</b> · <For since={conflict.since} />
            <ul>
              {conflict.places.map((place) => (
                <li key={place}>
                  <code>{place}</code>
                </li>
              ))}
            </ul>
            <p>{t.conflictHelp}</p>
          </div>
        </div>
      )}
      {refused && (
        <div className={styles.notice} role="alert">
          <Icon name="warning" size={18} />
          <div>
            <b>{t.refused(refused.code)}</b> · <For since={refused.at} />
          </div>
        </div>
      )}
    </>
  );
}
