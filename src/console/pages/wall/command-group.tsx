import { type FormEvent, useMemo, useState } from 'react';
import { type IntentName, intentNames } from '../../../../machines/intents.ts';
import type { Ending } from '../../../client/admin.ts';
import { useNow } from '../../core/clock.tsx';
import { commandTexts } from '../../core/command-texts.ts';
import type { Group } from '../../core/grouping.ts';
import { previewOf } from '../../core/preview.ts';
import { useObstacle } from '../../core/send.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import form from '../../ui/form.module.css';
import { useToast } from '../../ui/toast.tsx';
import { alreadyTexts, commandGroupTexts, willTexts } from './command-group-texts.ts';

interface Props {
  name: string;
  group: Group;
  onClose(): void;
}

/** Sends one intent to a whole group, with a preview. */
export function CommandGroup(props: Props) {
  const t = useTexts(commandGroupTexts);
  return (
    <Dialog open onClose={props.onClose} title={t.title(props.name)}>
      <Form {...props} />
    </Dialog>
  );
}

/** Above this, the user must type the name of the group to stop it. */
const MANY = 10;

function Form({ name, group, onClose }: Props) {
  const t = useTexts(commandGroupTexts);
  const commands = useTexts(commandTexts);
  const will = useTexts(willTexts);
  const already = useTexts(alreadyTexts);
  const { fleet, admin } = useSession();
  const toast = useToast();
  const obstacle = useObstacle()(undefined);
  const [intent, setIntent] = useState<IntentName>('pause');
  const [typed, setTyped] = useState('');
  const step = useNow(1000);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is measured changes while it is read
  const preview = useMemo(
    () =>
      previewOf(
        intent,
        group.ids.flatMap((id) => fleet.devices.get(id)?.document ?? []),
      ),
    [intent, group.ids, fleet, step],
  );
  const { send, alreadySo, unproven, offline } = preview;
  const reached = send + alreadySo + unproven;
  const isToType = intent === 'stop' && send > MANY;

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    onClose();
    try {
      const isReached = (id: string) => fleet.devices.get(id)?.document.connection.status !== 'offline';
      const request = { deviceIds: group.ids.filter(isReached), command: intent };
      const endings = (await admin.send(request, undefined, { once: true })) as Ending[];
      const succeeded = endings.filter(({ status }) => status === 'success').length;
      const failed = endings.length - succeeded;
      const how = [t.succeeded(succeeded), failed > 0 && t.failed(failed), offline > 0 && t.offline(offline)];
      toast(t.done(name, commands[intent]), failed > 0 ? 'bad' : 'good', how.filter(Boolean).join(', '));
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
      {isToType && (
        <Field label={t.type(send)}>
          <input
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            inputMode="numeric"
            autoComplete="off"
          />
        </Field>
      )}
      {obstacle ? <p className="muted">{obstacle}.</p> : reached === 0 && <p className="muted">{t.nothing}</p>}
      <div className={form.buttons}>
        <Button onClick={onClose}>{t.cancel}</Button>
        <Button
          kind={intent === 'stop' ? 'danger' : 'primary'}
          type="submit"
          disabled={obstacle !== undefined || reached === 0 || (isToType && typed.trim() !== String(send))}
        >
          {t.send(reached)}
        </Button>
      </div>
    </form>
  );
}
