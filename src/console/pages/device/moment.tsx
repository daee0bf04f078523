import type { VersionedDocument } from '../../../protocol/document.ts';
import { useFormat } from '../../core/clock.tsx';
import type { Loaded } from '../../core/load.ts';
import type { Moment } from '../../core/moment.ts';
import { useLink } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { TimeBar } from '../../ui/time-bar.tsx';
import { Band } from './bands.tsx';
import styles from './device.module.css';
import { texts } from './texts.ts';

/** `coarse`: the document as of `since`; later changes were not stored. */
export interface PastDocument extends VersionedDocument {
  coarse?: true;
  since?: string;
}

interface DeviceMomentProps {
  id: string;
  moment: Moment;
  past: Loaded<PastDocument | undefined>;
  isConnected: boolean;
}

/** The time that the page shows. */
export function DeviceMoment({ id, moment, past: { data, loading }, isConnected }: DeviceMomentProps) {
  const t = useTexts(texts);
  const format = useFormat();
  // If the device or the server is unreachable, the page shows the last known state.
  const isLive = useLink() === 'live' && isConnected;
  return (
    <TimeBar
      {...moment}
      live={<b className={isLive ? styles.live : 'muted'}>{isLive ? t.live : t.lastKnown}</b>}
      note={
        moment.at !== undefined && (
          <>
            {data && <small className="muted"> · v{data.version}</small>}
            {data?.coarse && (
              <small className={styles.coarse}>{t.coarse(format.dateTime(Date.parse(data.since as string)))}</small>
            )}
          </>
        )
      }
      isLoaded={!loading}
      band={(from, to) => <Band id={id} from={from} to={to} />}
    />
  );
}
