import { useState } from 'react';
import type { Channel } from '../../../protocol/channels.ts';
import { useFormat } from '../../core/clock.tsx';
import { useLoad } from '../../core/load.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog, useConfirm } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Empty, Outcome, Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { useToast } from '../../ui/toast.tsx';
import styles from './alerts.module.css';
import { ChannelForm } from './channel-form.tsx';
import { channelTexts, kindTexts } from './channel-texts.ts';

/** Where alerts are sent. */
export function Channels() {
  const t = useTexts(channelTexts);
  const { rest } = useSession();
  const [form, setForm] = useState<{ channel?: Channel }>();
  const list = useLoad((signal) => rest.get<{ channels: Channel[] }>('/channels', {}, signal), 'channels');
  const channels = list.data?.channels ?? [];
  const close = () => setForm(undefined);
  return (
    <Section
      title={t.channels}
      tools={
        <Button kind="primary" onClick={() => setForm({})}>
          <Icon name="plus" /> {t.create}
        </Button>
      }
    >
      <p className={styles.why}>{t.why}</p>
      <Outcome
        {...list}
        isEmpty={channels.length === 0}
        empty={
          <Empty icon="bell" title={t.none}>
            {t.noneWhy}
          </Empty>
        }
      >
        <ChannelTable channels={channels} reload={list.reload} edit={(channel) => setForm({ channel })} />
      </Outcome>
      <Dialog open={form !== undefined} onClose={close} title={form?.channel ? t.editTitle : t.create}>
        {form && (
          <ChannelForm
            channel={form.channel}
            onSaved={() => {
              close();
              list.reload();
            }}
          />
        )}
      </Dialog>
    </Section>
  );
}

function ChannelTable({
  channels,
  reload,
  edit,
}: {
  channels: readonly Channel[];
  reload(): void;
  edit(channel: Channel): void;
}) {
  const t = useTexts(channelTexts);
  const kinds = useTexts(kindTexts);
  return (
    <Table
      caption={t.channels}
      rows={channels}
      keyOf={(it) => it.id}
      columns={[
        {
          title: t.name,
          cell: ({ name, variable }) =>
            variable ? (
              <span className={styles.two}>
                <code>{variable}</code>
                <small className="muted">{t.environment}</small>
              </span>
            ) : (
              <b className={styles.name}>{name}</b>
            ),
        },
        { title: t.kind, cell: ({ kind }) => kinds[kind] },
        { title: t.target, cell: ({ target }) => target },
        { title: t.groups, cell: ({ groups }) => groups?.join(', ') ?? <span className="muted">{t.allGroups}</span> },
        {
          title: t.state,
          cell: ({ enabled }) => <Badge tone={enabled ? 'good' : 'muted'}>{enabled ? t.isOn : t.isOff}</Badge>,
        },
        { title: t.actions, align: 'end', cell: (it) => <Actions channel={it} reload={reload} edit={edit} /> },
      ]}
    />
  );
}

function Actions({ channel, reload, edit }: { channel: Channel; reload(): void; edit(channel: Channel): void }) {
  const t = useTexts(channelTexts);
  const { rest } = useSession();
  const toast = useToast();
  const confirm = useConfirm();
  const format = useFormat();
  const { id, name, enabled, variable, kind } = channel;
  const path = `/channels/${encodeURIComponent(id)}`;

  async function act(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      toast.error(error);
    }
    reload();
  }
  const test = () =>
    act(async () => {
      const result = await rest.post<{ delivered: boolean; answer: string; durationMs: number }>(`${path}/test`, {});
      if (result.delivered) toast(t.arrived(format.duration(result.durationMs)), 'good', result.answer);
      else toast(t.lost, 'bad', result.answer);
    });
  const setEnabled = () =>
    act(async () => {
      await rest.patch(path, { enabled: !enabled });
    });
  async function remove(): Promise<void> {
    const question = { title: t.removeAsk(name), text: t.removeText, action: t.remove, danger: true };
    if (!(await confirm(question))) return;
    await act(async () => {
      await rest.delete(path);
      toast(t.removed);
    });
  }
  const buttons = [
    ...(kind === 'alertmanager' ? [] : [{ text: t.test, run: () => void test() }]),
    ...(variable
      ? []
      : [
          { text: t.edit, run: () => edit(channel) },
          { text: enabled ? t.disable : t.enable, run: () => void setEnabled() },
          { text: t.remove, run: () => void remove(), danger: true },
        ]),
  ];
  return (
    <span className={styles.handling}>
      {buttons.map(({ text, run, ...more }) => (
        <Button
          key={text}
          kind="quiet"
          className={`${styles.action} ${'danger' in more ? styles.still : ''}`}
          aria-label={t.of(text, name)}
          onClick={run}
        >
          {text}
        </Button>
      ))}
    </span>
  );
}
