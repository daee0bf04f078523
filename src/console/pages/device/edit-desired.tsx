import { type FormEvent, useState } from 'react';
import { type DesiredSource, type DesiredState, desiredSources } from '../../../protocol/desired.ts';
import type { DeviceDocument } from '../../../protocol/document.ts';
import { faultsOf } from '../../core/faults.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import form from '../../ui/form.module.css';
import { ErrorNote } from '../../ui/page.tsx';
import { useToast } from '../../ui/toast.tsx';
import alerts from '../alerts/alerts.module.css';
import { HoursEditor } from '../alerts/hours-editor.tsx';
import { fieldsOf, type Week, weekOf } from '../alerts/policy.ts';
import { useFaultText } from '../alerts/words.ts';
import { desiredTexts, playbackTexts, sourceTexts } from './desired-texts.ts';

/** The REST path of a desired state. */
export const pathOf = (source: DesiredSource, { id, group }: DeviceDocument): string =>
  source === 'all'
    ? '/desired'
    : source === 'group'
      ? `/groups/${encodeURIComponent(group ?? '')}/desired`
      : `/devices/${encodeURIComponent(id)}/desired`;

interface Props {
  document: DeviceDocument;
  onClose(): void;
}

const playbacks = ['playing', 'paused', 'stopped'] as const;
const day: ['08:00', '22:00'][] = [['08:00', '22:00']];
const allWeek = { mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day };

/** Edits the desired state of this device, its group, or the fleet. */
export function EditDesired({ document, onClose }: Props) {
  const t = useTexts(desiredTexts);
  return (
    <Dialog open onClose={onClose} title={t.dialog(document.name ?? document.id)} wide>
      <Form document={document} onClose={onClose} />
    </Dialog>
  );
}

function Form({ document, onClose }: Props) {
  const t = useTexts(desiredTexts);
  const { rest } = useSession();
  const toast = useToast();
  const faultText = useFaultText();
  const playbackNames = useTexts(playbackTexts);
  const sources = useTexts(sourceTexts);
  const { desired, group } = document;
  const [source, setSource] = useState<DesiredSource>(desired?.source ?? 'device');
  const [playback, setPlayback] = useState<DesiredState['playback']>(desired?.playback ?? 'playing');
  const [fullscreen, setFullscreen] = useState<string>(String(desired?.fullscreen ?? ''));
  const [hours, setHours] = useState<Week | undefined>(desired?.during && weekOf(desired.during));
  const [error, setError] = useState<unknown>();
  const [isSending, setSending] = useState(false);
  const paths = fieldsOf({ hours } as Parameters<typeof fieldsOf>[0]).map(duringOf);
  const faults = faultsOf(error, ['playback', 'fullscreen', ...paths]);

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    setSending(true);
    setError(undefined);
    try {
      await rest.put(pathOf(source, document), {
        playback,
        ...(fullscreen !== '' && playback !== 'stopped' && { fullscreen: fullscreen === 'true' }),
        ...(hours && { during: Object.fromEntries(Object.entries(hours).filter(([, spans]) => spans.length > 0)) }),
        ...(desired?.giveUpAfter !== undefined && { giveUpAfter: desired.giveUpAfter }),
      });
      toast(t.saved);
      onClose();
    } catch (failure) {
      setSending(false);
      setError(failure);
    }
  }

  const names: Record<DesiredSource, string> = {
    device: sources.device,
    group: t.ofGroup(group ?? ''),
    all: sources.all,
  };
  return (
    <form className={form.form} onSubmit={(event) => void save(event)}>
      <div className={form.fields}>
        <Field label={t.whom} help={t.whomHelp}>
          <select value={source} onChange={(event) => setSource(event.target.value as DesiredSource)}>
            {desiredSources
              .filter((it) => it !== 'group' || group !== null)
              .map((it) => (
                <option key={it} value={it}>
                  {names[it]}
                </option>
              ))}
          </select>
        </Field>
        <Field label={t.playbackLabel} error={faults.at('playback')}>
          <select value={playback} onChange={(event) => setPlayback(event.target.value as DesiredState['playback'])}>
            {playbacks.map((it) => (
              <option key={it} value={it}>
                {playbackNames[it]}
              </option>
            ))}
          </select>
        </Field>
        {playback !== 'stopped' && (
          <Field label={t.fullscreenLabel} error={faults.at('fullscreen')}>
            <select value={fullscreen} onChange={(event) => setFullscreen(event.target.value)}>
              <option value="">{t.either}</option>
              <option value="true">{t.yes}</option>
              <option value="false">{t.no}</option>
            </select>
          </Field>
        )}
      </div>
      <label className={alerts.own}>
        <input
          type="checkbox"
          checked={hours !== undefined}
          onChange={(event) => setHours(event.target.checked ? weekOf(desired?.during ?? allWeek) : undefined)}
        />
        {t.hours}
      </label>
      {hours && (
        <HoursEditor
          hours={hours}
          change={setHours}
          help={t.hoursHelp}
          at={(path) => faultText(path, faults.at(duringOf(path)))}
        />
      )}
      {faults.rest ? <ErrorNote error={faults.rest} /> : null}
      <div className={form.buttons}>
        <Button onClick={onClose}>{t.cancel}</Button>
        <Button kind="primary" type="submit" disabled={isSending}>
          {t.save}
        </Button>
      </div>
    </form>
  );
}

/** The hours are at another path than in policies. */
const duringOf = (path: string): string => path.replace(/^hours\./, 'during.');
