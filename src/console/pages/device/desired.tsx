import { useState } from 'react';
import type { DesiredSource, DesiredState, DesiredStatus, ShownDesired } from '../../../protocol/desired.ts';
import type { DeviceDocument } from '../../../protocol/document.ts';
import { useFormat } from '../../core/clock.tsx';
import type { Tone } from '../../core/screen-status.ts';
import { useMay, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { useTriedText } from '../../core/tried.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { useConfirm } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Section } from '../../ui/page.tsx';
import { For } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useHoursText } from '../alerts/words.ts';
import { desiredStatusTexts, desiredTexts, desiredWhyTexts, playbackTexts, sourceTexts } from './desired-texts.ts';
import styles from './device.module.css';
import { EditDesired, pathOf } from './edit-desired.tsx';

const tones: Readonly<Record<DesiredStatus, Tone>> = {
  converged: 'good',
  converging: 'wait',
  suspended: 'wait',
  failing: 'bad',
  unknown: 'muted',
  inactive: 'muted',
};

/** The desired state, its status and reason, and the button to edit it. */
export function Desired({ document, isLive }: { document: DeviceDocument; isLive: boolean }) {
  const t = useTexts(desiredTexts);
  const mayCommand = useMay('operator');
  const { rest } = useSession();
  const toast = useToast();
  const confirm = useConfirm();
  const sources = useTexts(sourceTexts);
  const [isEdited, setEdited] = useState(false);
  const { desired } = document;
  async function clear(source: DesiredSource): Promise<void> {
    const whose = source === 'group' ? t.ofGroup(document.group ?? '') : sources.all;
    const question = { title: t.clearFor(whose), text: t.clearText, action: t.clear, danger: true };
    if (source !== 'device' && !(await confirm(question))) return;
    try {
      await rest.delete(pathOf(source, document));
      toast(t.cleared);
    } catch (error) {
      toast.error(error);
    }
  }
  return (
    <Section
      title={t.title}
      tools={
        mayCommand &&
        isLive && (
          <>
            <Button kind="quiet" className={styles.care} onClick={() => setEdited(true)}>
              <Icon name="pen" size={14} /> {desired ? t.edit : t.say}
            </Button>
            {desired && (
              <Button kind="quiet" className={styles.care} onClick={() => void clear(desired.source)}>
                {t.clear}
              </Button>
            )}
          </>
        )
      }
    >
      {desired ? <Shown desired={desired} /> : <p className="muted">{t.nothing}</p>}
      {isEdited && <EditDesired document={document} onClose={() => setEdited(false)} />}
    </Section>
  );
}

function Shown({ desired }: { desired: ShownDesired }) {
  const t = useTexts(desiredTexts);
  const format = useFormat();
  const hoursText = useHoursText();
  const triedText = useTriedText();
  const statuses = useTexts(desiredStatusTexts);
  const whys = useTexts(desiredWhyTexts);
  const sources = useTexts(sourceTexts);
  const wantedText = useWantedText();
  const { status, why, since, by, until, source, setBy, during, tried = [] } = desired;
  const reason = by !== undefined && until !== undefined ? t.commandOf(by, format.time(until)) : (whys[why] ?? why);
  return (
    <div className={styles.desired}>
      <p>
        <b>{wantedText(desired)}</b> <Badge tone={tones[status] ?? 'muted'}>{statuses[status] ?? status}</Badge>{' '}
        <span className="muted">
          {reason} · <For since={since} />
        </span>
      </p>
      <p className="muted">
        {sources[source]} {t.by(setBy)}
        {during && ` · ${hoursText(during)}`}
      </p>
      {tried.map((it) => (
        <p key={it.intent}>{triedText(it)}</p>
      ))}
    </div>
  );
}

function useWantedText(): (state: DesiredState) => string {
  const t = useTexts(desiredTexts);
  const playbacks = useTexts(playbackTexts);
  return ({ playback, fullscreen }) =>
    fullscreen === undefined ? playbacks[playback] : `${playbacks[playback]}, ${fullscreen ? t.on : t.off}`;
}
