import { type FormEvent, useMemo, useState } from 'react';
import { Link } from 'wouter';
import { type IntentName, intentNames } from '../../../../../machines/intents.ts';
import type { Ending } from '../../../../client/admin.ts';
import { useNow } from '../../../core/clock.tsx';
import { commandTexts } from '../../../core/command-texts.ts';
import { previewOf } from '../../../core/preview.ts';
import { useObstacle } from '../../../core/send.ts';
import { useSession } from '../../../core/session.tsx';
import { useTexts } from '../../../core/texts.ts';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { Field } from '../../../ui/field.tsx';
import form from '../../../ui/form.module.css';
import { useToast } from '../../../ui/toast.tsx';
import { isToType, TypedNumber } from '../../../ui/typed-number.tsx';
import { alreadyTexts, commandDialogTexts, failureTexts, willTexts } from './command-texts.ts';

interface Props {
  /** What the devices are called: a group, or their number. */
  name: string;
  ids: readonly string[];
  /** The page for a rollout to the same devices. */
  rollout: string;
  onClose(): void;
}

/** Sends one intent to many devices at once, with a preview. */
export function CommandDialog(props: Props) {
  const t = useTexts(commandDialogTexts);
  return (
    <Dialog open onClose={props.onClose} title={t.title(props.name)}>
      <Form {...props} />
    </Dialog>
  );
}

/** The largest request. */
const MOST = 10_000;
/** The failed devices that are named. */
const NAMED = 3;

function Form({ name, ids, rollout, onClose }: Props) {
  const t = useTexts(commandDialogTexts);
  const commands = useTexts(commandTexts);
  const will = useTexts(willTexts);
  const already = useTexts(alreadyTexts);
  const failures = useTexts(failureTexts);
  const { fleet, admin } = useSession();
  const toast = useToast();
  const unable = useObstacle()(undefined);
  const [intent, setIntent] = useState<IntentName>('pause');
  const [typed, setTyped] = useState('');
  const step = useNow(1000);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is measured changes while it is read
  const preview = useMemo(
    () =>
      previewOf(
        intent,
        ids.flatMap((id) => fleet.devices.get(id)?.document ?? []),
      ),
    [intent, ids, fleet, step],
  );
  const { send, alreadySo, unproven, offline } = preview;
  const reached = send + alreadySo + unproven;
  const isTyped = intent === 'stop' && isToType(send);
  const obstacle = unable ?? (reached > MOST ? t.tooMany : undefined);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    onClose();
    try {
      const isReached = (id: string) => (fleet.devices.get(id)?.document.connection.status ?? 'offline') !== 'offline';
      const request = { deviceIds: ids.filter(isReached), command: intent };
      const endings = (await admin.send(request, undefined, { once: true })) as Ending[];
      const failed = endings.filter(({ status }) => status !== 'success');
      const names = failed.slice(0, NAMED).map(({ deviceId, status }) => {
        const device = fleet.devices.get(deviceId)?.document.name ?? deviceId;
        return `${device} (${failures[status] ?? status})`;
      });
      if (failed.length > NAMED) names.push('…');
      const how = [
        t.succeeded(endings.length - failed.length),
        offline > 0 && t.offline(offline),
        failed.length > 0 && `${t.failed(failed.length)}: ${names.join(', ')}`,
      ];
      toast(t.done(name, commands[intent]), failed.length > 0 ? 'bad' : 'good', how.filter(Boolean).join(', '));
    } catch (error) {
      toast.error(error);
    }
  }

  const parts = [
    send > 0 && will[intent](send),
    alreadySo > 0 && already[intent](alreadySo),
    unproven > 0 && t.unproven(unproven),
    offline > 0 && t.offline(offline),
  ];
  return (
    <form className={form.form} onSubmit={(event) => void submit(event)}>
      <Field label={t.command}>
        <select value={intent} onChange={(event) => setIntent(event.target.value as IntentName)}>
          {intentNames.map((it) => (
            <option key={it} value={it}>
              {commands[it]}
            </option>
          ))}
        </select>
      </Field>
      <p role="status">{parts.filter(Boolean).join(', ')}</p>
      {isTyped && <TypedNumber label={t.type(send)} value={typed} onChange={setTyped} />}
      {obstacle ? <p className="muted">{obstacle}.</p> : reached === 0 && <p className="muted">{t.nothing}</p>}
      <p>
        <Link href={rollout}>{t.rollout}</Link>
      </p>
      <div className={form.buttons}>
        <Button onClick={onClose}>{t.cancel}</Button>
        <Button
          kind={intent === 'stop' ? 'danger' : 'primary'}
          type="submit"
          disabled={obstacle !== undefined || reached === 0 || (isTyped && typed.trim() !== String(send))}
        >
          {t.send(reached)}
        </Button>
      </div>
    </form>
  );
}
