import { useId, useMemo, useState, useSyncExternalStore } from 'react';
import { commandFor } from '../../../../machines/intents.ts';
import type { CommandRecord } from '../../../protocol/commands.ts';
import type { DeclaredCommand } from '../../../protocol/declared-commands.ts';
import type { DeviceDocument } from '../../../protocol/document.ts';
import { useClock, useFormat } from '../../core/clock.tsx';
import { type CommandStatus, isPending } from '../../core/command-status.ts';
import { endingTexts, statusTexts, statusTone, useCommandName } from '../../core/command-texts.ts';
import { isEffectUnmeasured } from '../../core/effect.ts';
import { useLoad, useRound } from '../../core/load.ts';
import type { Order } from '../../core/orders.ts';
import { paramFields } from '../../core/param-fields.ts';
import { fullscreenOnOrOff, pauseOrResume, useEndingText, useObstacle, useSend } from '../../core/send.ts';
import { useLink, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { Section } from '../../ui/page.tsx';
import { useToast } from '../../ui/toast.tsx';
import { CommandForm } from './command-form.tsx';
import styles from './device.module.css';
import { texts } from './texts.ts';

/** The intents that make sense now, and the declared commands. */
function buttonsFor({ playback, capabilities }: DeviceDocument): readonly (readonly [string, IconName, string?])[] {
  const pause = pauseOrResume(playback);
  const declared = capabilities?.commands ?? [];
  return [
    ['play', 'play', 'p'],
    [pause, pause === 'pause' ? 'pause' : 'play', 'a'],
    ['stop', 'stop', 's'],
    [fullscreenOnOrOff(playback), 'fullscreen', 'f'],
    ['snapshot', 'camera', 'c'],
    ...declared.map(({ name }) => [name, 'forward'] as const),
  ];
}
const SHOWN = 5;

/** Sends commands, and shows those sent from here with every step, others as recorded. */
export function CommandPanel({
  id,
  name,
  document,
  isLive,
}: {
  id: string;
  name: string;
  document: DeviceDocument;
  isLive: boolean;
}) {
  const t = useTexts(texts);
  const commandName = useCommandName();
  const send = useSend();
  const [asked, setAsked] = useState<DeclaredCommand>();
  const press = (command: string) => {
    const declared = document.capabilities?.commands.find((it) => it.name === command);
    if (declared && paramFields(declared.params).length > 0) setAsked(declared);
    else void send({ id, name }, command);
  };
  const { orders, rest } = useSession();
  const all = useSyncExternalStore(orders.subscribe, orders.get);
  const sent = useMemo(() => all.filter((it) => it.deviceId === id), [all, id]);
  const untold = sent.filter((it) => it.status === 'unknown').length;
  const link = useLink();
  const obstacle = useObstacle()(document);
  const why = isLive ? obstacle : t.pastOnly;
  const whyId = useId();
  // Every start or end of a command changes `commands`, even if both come in one message. The list is then reloaded,
  // with commands that ended unseen.
  const round = useRound(document.commands);
  const recorded = useLoad(
    (signal) => rest.get<{ commands: CommandRecord[] }>(`/devices/${id}/commands`, { limit: SHOWN }, signal),
    `${id} ${round} ${sent.length} ${untold} ${link}`,
  );
  const records = recorded.data?.commands ?? [];
  const mine = sent.filter(
    (it) => it.status !== 'unknown' || !records.some(({ commandId }) => commandId === it.commandId),
  );
  const known = new Set(mine.map((it) => it.commandId));
  const others = records.filter((it) => !known.has(it.commandId));
  return (
    <Section title={t.commands}>
      <div className={styles.buttons}>
        {buttonsFor(document).map(([command, icon, key]) => (
          <Button
            key={command}
            title={why ?? (key ? `${commandName(command)} (c ${key})` : commandName(command, document))}
            kind={command === 'stop' ? 'danger' : 'plain'}
            disabled={why !== undefined}
            aria-describedby={why && whyId}
            onClick={() => press(command)}
          >
            <Icon name={icon} /> {commandName(command, document)}
          </Button>
        ))}
      </div>
      <CommandForm device={{ id, name }} command={asked} onClose={() => setAsked(undefined)} />
      {why && (
        <p id={whyId} className="muted">
          {why}.
        </p>
      )}
      {mine.length + others.length === 0 && !recorded.loading && <p className="muted">{t.noCommands}</p>}
      <ol className={styles.orders}>
        {mine.slice(0, SHOWN).map((order) => (
          <OrderItem key={order.commandId} order={order} name={name} live={isLive ? document : undefined} />
        ))}
        {others.slice(0, Math.max(0, SHOWN - mine.length)).map((record) => (
          <RecordItem
            key={record.commandId}
            record={record}
            pending={document.commands[record.commandId]?.status}
            live={isLive ? document : undefined}
          />
        ))}
      </ol>
    </Section>
  );
}

/** `live`: the current document; undefined in the past. */
function OrderItem({ order, name, live }: { order: Order; name: string; live: DeviceDocument | undefined }) {
  const send = useSend();
  const t = useTexts(texts);
  const commandName = useCommandName();
  const statuses = useTexts(statusTexts);
  const format = useFormat();
  const endingText = useEndingText();
  const { admin } = useSession();
  const toast = useToast();
  const clock = useClock();
  const endings = useTexts(endingTexts);
  const start = order.steps[0]?.at ?? 0;
  // Converted to the server's clock; slightly early, by the time that the request took.
  const endedAt = order.sentAt + (order.ending?.durationMs ?? 0) + clock.now() - Date.now();
  const isUnmeasured = live && isEffectUnmeasured({ ...order, confirmedBy: order.ending?.confirmedBy }, endedAt, live);
  return (
    <li className={styles.order}>
      <b>{commandName(order.command, live)}</b>
      <ol className={styles.way}>
        {order.steps.map(({ status, attempt, at }) => (
          <li key={`${at} ${status}`}>
            <Badge tone={statusTone[status]}>
              {statuses[status]}
              {attempt !== undefined && attempt > 1 && ` · ${t.attempt(attempt)}`}
            </Badge>
            <small className="number muted">{at === start ? format.time(at) : `+${format.duration(at - start)}`}</small>
          </li>
        ))}
      </ol>
      {order.status === 'queued' && order.steps.length > 0 && (
        <Button kind="quiet" onClick={() => admin.cancel(order.commandId).catch(toast.error)}>
          {t.cancel}
        </Button>
      )}
      {order.ending?.code === 'unproven' && (
        <Button kind="quiet" onClick={() => send({ id: order.deviceId, name }, order.command, { force: true })}>
          {t.sendAnyway(commandName(commandFor(order.command)))}
        </Button>
      )}
      <p className={styles.ending}>{isUnmeasured ? endings.notMeasured : endingText(order)}</p>
    </li>
  );
}

function RecordItem({
  record,
  pending,
  live,
}: {
  record: CommandRecord;
  pending: CommandStatus | undefined;
  live: DeviceDocument | undefined;
}) {
  const t = useTexts(texts);
  const commandName = useCommandName();
  const statuses = useTexts(statusTexts);
  const format = useFormat();
  const endingText = useEndingText();
  const status = pending ?? record.status;
  const endings = useTexts(endingTexts);
  const isUnmeasured =
    live && record.endedAt && isEffectUnmeasured({ ...record, status }, Date.parse(record.endedAt), live);
  const ending = isUnmeasured
    ? endings.notMeasured
    : isPending(status)
      ? ''
      : endingText({ status, ending: record as never });
  return (
    <li className={styles.order}>
      <b>{commandName(record.command, live)}</b>
      <span className={styles.way}>
        <Badge tone={statusTone[status]}>{statuses[status]}</Badge>
        <small className="number muted">
          {format.time(record.requestedAt)} {t.by(record.requestedBy)}
          {record.durationMs !== undefined && ` · ${format.duration(record.durationMs)}`}
          {record.attempts > 1 && ` · ${t.attempt(record.attempts)}`}
        </small>
      </span>
      <p className={styles.ending}>{ending}</p>
    </li>
  );
}
