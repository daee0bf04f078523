import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { useLocation } from 'wouter';
import { intentNames } from '../../../../machines/intents.ts';
import type { DeclaredCommand } from '../../../protocol/declared-commands.ts';
import type { RolloutPreview, VersionedRollout } from '../../../protocol/rollouts.ts';
import { useFormat } from '../../core/clock.tsx';
import { useCommandName } from '../../core/command-texts.ts';
import { useLink, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { useConfirm } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { ErrorNote, Section } from '../../ui/page.tsx';
import { useParamForm } from '../../ui/param-form.tsx';
import { isToType } from '../../ui/typed-number.tsx';
import styles from './rollouts.module.css';
import { texts } from './texts.ts';
import { useTargets } from './use-targets.tsx';

const NAMED = 8;

/** The defaults in the form's units: percent and seconds. */
const defaults = { canary: 5, rate: 10, errors: 10, timeouts: 20, watch: 60 };
type Settings = typeof defaults;
const mosts: Settings = { canary: 1000, rate: 100, errors: 100, timeouts: 100, watch: 3600 };

/** Selects devices and a command, shows a preview, and starts the rollout. */
export function Plan() {
  const t = useTexts(texts);
  const commandName = useCommandName();
  const format = useFormat();
  const confirm = useConfirm();
  const [, navigate] = useLocation();
  const { rest, fleet } = useSession();
  const link = useLink();
  const { ids, request, choice } = useTargets();
  const [command, setCommand] = useState('play');
  const [settings, setSettings] = useState(defaults);
  const [failure, setFailure] = useState<unknown>();
  const count = format.number(ids.length);
  const formId = useId();

  const declared = new Map<string, DeclaredCommand>();
  for (const id of ids) {
    for (const it of fleet.devices.get(id)?.document.capabilities?.commands ?? []) {
      if (!declared.has(it.name)) declared.set(it.name, it);
    }
  }
  const nameOf = (name: string) => declared.get(name)?.title ?? commandName(name);
  // The chosen command stays if the selection changes to devices without it; the server refuses it.
  const offered = new Set([...intentNames, ...declared.keys(), command]);
  const chosen = declared.get(command);
  const { inputs, rest: otherFailure, read, clear } = useParamForm(chosen?.params, failure);

  async function start(event: FormEvent): Promise<void> {
    event.preventDefault();
    setFailure(undefined);
    const params = read();
    if (!params) return;
    const { canary, rate, errors, timeouts, watch } = settings;
    const wanted = {
      ...request(),
      command,
      ...(chosen && { params }),
      canary,
      rate,
      maxErrorShare: errors / 100,
      maxTimeoutShare: timeouts / 100,
      watchMs: watch * 1000,
    };
    try {
      const preview = await rest.post<RolloutPreview>('/rollouts', { ...wanted, preview: true });
      const isSure = await confirm({
        title: t.sure(nameOf(command), format.number(preview.total)),
        text: <Preview preview={preview} canary={canary} />,
        action: t.send,
        danger: command === 'stop',
        number:
          command === 'stop' && isToType(preview.total)
            ? { value: preview.total, label: t.type(preview.total) }
            : undefined,
      });
      if (!isSure) return;
      const { document } = await rest.post<VersionedRollout>('/rollouts', wanted);
      navigate(`/rollouts/${document.id}`);
    } catch (error) {
      setFailure(error);
    }
  }

  const setting = (key: keyof Settings, label: string, help?: string): ReactNode => (
    <Field label={label} {...(help !== undefined && { help })}>
      <input
        type="number"
        min={key === 'rate' ? 1 : 0}
        max={mosts[key]}
        value={settings[key]}
        onChange={(event) => setSettings({ ...settings, [key]: event.target.valueAsNumber || 0 })}
      />
    </Field>
  );

  return (
    <Section title={t.start}>
      <div className={styles.choose}>
        {choice}
        <p>
          <b className="number">{t.chosen(count)}</b>
          {ids.length > 0 && (
            <span className="muted">
              {': '}
              {ids
                .slice(0, NAMED)
                .map((id) => fleet.devices.get(id)?.document.name ?? id)
                .join(', ')}
              {ids.length > NAMED && t.more(format.number(ids.length - NAMED))}
            </span>
          )}
        </p>
        <form id={formId} className={styles.plan} onSubmit={(event) => void start(event)}>
          <Field label={t.command} help={chosen?.description}>
            <select
              value={command}
              onChange={(event) => {
                setCommand(event.target.value);
                setFailure(undefined);
                clear();
              }}
            >
              {[...offered].map((it) => (
                <option key={it} value={it}>
                  {nameOf(it)}
                </option>
              ))}
            </select>
          </Field>
          {inputs}
          {setting('canary', t.canary, t.canaryHelp)}
        </form>
        <details>
          <summary>{t.moreSettings}</summary>
          <div className={styles.plan}>
            {setting('rate', t.rate)}
            {setting('errors', t.errors, t.errorsHelp)}
            {setting('timeouts', t.timeouts)}
            {setting('watch', t.watch, t.watchHelp)}
          </div>
        </details>
        {otherFailure !== undefined && <ErrorNote error={otherFailure} />}
        {/* Until the fleet has loaded, "all" would mean only the devices loaded so far. */}
        <div>
          <Button kind="primary" type="submit" form={formId} disabled={ids.length === 0 || link === 'connecting'}>
            {t.startFor(count)}
          </Button>
        </div>
      </div>
    </Section>
  );
}

function Preview({ preview, canary }: { preview: RolloutPreview; canary: number }) {
  const t = useTexts(texts);
  const format = useFormat();
  const { total, online, send, alreadySo, unproven, unknownCommand } = preview;
  const lines: [number, (n: string) => string][] = [
    [send, t.willBeSent],
    [alreadySo, t.alreadySo],
    [unproven, t.unproven],
    [unknownCommand, t.unknownCommand],
    [total - online, t.offline],
  ];
  return (
    <>
      <ul className={styles.preview}>
        {lines.map(([n, text]) => n > 0 && <li key={text('')}>{text(format.number(n))}</li>)}
      </ul>
      {canary > 0 && canary < total && <p>{t.sureCanary(format.number(canary))}</p>}
    </>
  );
}
