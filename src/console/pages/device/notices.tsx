import type { DeviceDocument } from '../../../protocol/document.ts';
import { useMay, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { useReason } from '../../core/why.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { For } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';
import styles from './device.module.css';
import { texts } from './texts.ts';

function Restricted({ id, restricted }: { id: string; restricted: { why: string; since: string } }) {
  const t = useTexts(texts);
  const reason = useReason();
  const { rest } = useSession();
  const mayLift = useMay('operator');
  const toast = useToast();
  async function lift(): Promise<void> {
    try {
      await rest.delete(`/devices/${encodeURIComponent(id)}/restriction`);
      toast(t.lifted);
    } catch (error) {
      toast.error(error);
    }
  }
  return (
    <div className={styles.notice} role="alert">
      <Icon name="warning" size={18} />
      <div>
        <b>{t.restricted(reason(restricted.why))}</b> · <For since={restricted.since} />
        <p>{t.restrictedHelp}</p>
        {mayLift && <Button onClick={() => void lift()}>{t.lift}</Button>}
      </div>
    </div>
  );
}

/** Warnings that affect how to read the rest of the page. */
export function Notices({ document }: { document: DeviceDocument }) {
  const t = useTexts(texts);
  const { conflict, restricted } = document.connection;
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
      {restricted && <Restricted id={document.id} restricted={restricted} />}
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
