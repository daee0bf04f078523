import type { Webhook } from '../../../protocol/webhooks.ts';
import { useFormat } from '../../core/clock.tsx';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { type Question, useConfirm } from '../../ui/dialog.tsx';
import { useToast } from '../../ui/toast.tsx';
import { texts } from './texts.ts';
import styles from './webhooks.module.css';

interface Props {
  webhook: Webhook;
  reload(): void;
  onOpen(webhook: Webhook): void;
  onRotated(webhook: Webhook & { secret: string }): void;
}

/** The actions for one webhook. */
export function Actions({ webhook, reload, onOpen, onRotated }: Props) {
  const t = useTexts(texts);
  const { rest } = useSession();
  const confirm = useConfirm();
  const toast = useToast();
  const format = useFormat();
  const { id, url, disabled } = webhook;
  const path = `/webhooks/${encodeURIComponent(id)}`;

  /** Asks for confirmation, and shows errors. */
  async function act(question: Question | undefined, work: () => Promise<void>): Promise<void> {
    if (question && !(await confirm(question))) return;
    try {
      await work();
    } catch (error) {
      toast.error(error);
    }
    reload();
  }

  const test = () =>
    act(undefined, async () => {
      const result = await rest.post<{ delivered: boolean; error?: string; durationMs: number }>(`${path}/test`);
      if (result.delivered) toast(t.arrived(format.duration(result.durationMs)));
      else toast(t.lost, 'bad', result.error);
    });
  const setEnabled = (enabled: boolean) =>
    act(enabled ? undefined : { title: t.disableAsk(url), text: t.disableText, action: t.disable }, async () => {
      await rest.patch(path, { enabled });
      toast(enabled ? t.enabled : t.disabled);
    });
  const rotate = () =>
    act({ title: t.rotateAsk(url), text: t.rotateText, action: t.rotate }, async () =>
      onRotated(await rest.post<Webhook & { secret: string }>(`${path}/secret`, {})),
    );
  const remove = () =>
    act({ title: t.removeAsk(url), text: t.removeText, action: t.remove, danger: true }, async () => {
      await rest.delete(path);
      toast(t.removed);
    });

  const buttons: { text: string; label: string; run(): void; danger?: true }[] = [
    { text: t.test, label: t.testOf(url), run: () => void test() },
    { text: t.deliveries, label: t.deliveriesOf(url), run: () => onOpen(webhook) },
    disabled
      ? { text: t.enable, label: t.enableOf(url), run: () => void setEnabled(true) }
      : { text: t.disable, label: t.disableOf(url), run: () => void setEnabled(false) },
    { text: t.rotate, label: t.rotateOf(url), run: () => void rotate() },
    { text: t.remove, label: t.removeOf(url), run: () => void remove(), danger: true },
  ];
  return (
    <div className={styles.actions}>
      {buttons.map(({ text, label, run, danger }) => (
        <Button key={text} kind="quiet" className={danger && styles.danger} aria-label={label} onClick={run}>
          {text}
        </Button>
      ))}
    </div>
  );
}
