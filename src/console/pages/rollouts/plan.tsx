import { type ReactNode, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { type IntentName, intentNames } from '../../../../machines/intents.ts';
import type { RolloutPreview, VersionedRollout } from '../../../protocol/rollouts.ts';
import { useFormat } from '../../core/clock.tsx';
import { commandTexts } from '../../core/command-texts.ts';
import { useListing } from '../../core/listing.ts';
import { useLink, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { useConfirm } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { FilterBar, useFilter } from '../../ui/filter-bar.tsx';
import { ErrorNote, Section } from '../../ui/page.tsx';
import styles from './rollouts.module.css';
import { texts } from './texts.ts';

const NAMED = 8;

/** The defaults in the form's units: percent and seconds. */
const defaults = { canary: 5, rate: 10, errors: 10, timeouts: 20, watch: 60 };
type Settings = typeof defaults;
const mosts: Settings = { canary: 1000, rate: 100, errors: 100, timeouts: 100, watch: 3600 };

/** Selects devices and a command, shows a preview, and starts the rollout. */
export function Plan() {
  const t = useTexts(texts);
  const names = useTexts(commandTexts);
  const format = useFormat();
  const confirm = useConfirm();
  const [, navigate] = useLocation();
  const { rest, fleet } = useSession();
  const link = useLink();
  const { filter, change } = useFilter();
  const searchRef = useRef<HTMLInputElement>(null);
  const ids = useListing(filter, 'name');
  const [command, setCommand] = useState<IntentName>('play');
  const [settings, setSettings] = useState(defaults);
  const [failure, setFailure] = useState<unknown>();
  const count = format.number(ids.length);

  async function start(): Promise<void> {
    setFailure(undefined);
    const { canary, rate, errors, timeouts, watch } = settings;
    const wanted = {
      // The selection is fixed while the question is open.
      deviceIds: [...ids],
      command,
      canary,
      rate,
      maxErrorShare: errors / 100,
      maxTimeoutShare: timeouts / 100,
      watchMs: watch * 1000,
    };
    try {
      const preview = await rest.post<RolloutPreview>('/rollouts', { ...wanted, preview: true });
      const isSure = await confirm({
        title: t.sure(names[command], format.number(preview.total)),
        text: <Preview preview={preview} canary={canary} />,
        action: t.send,
        danger: command === 'stop',
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
        <FilterBar filter={filter} change={change} searchRef={searchRef} />
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
        <div className={styles.plan}>
          <Field label={t.command}>
            <select value={command} onChange={(event) => setCommand(event.target.value as IntentName)}>
              {intentNames.map((it) => (
                <option key={it} value={it}>
                  {names[it]}
                </option>
              ))}
            </select>
          </Field>
          {setting('canary', t.canary, t.canaryHelp)}
        </div>
        <details>
          <summary>{t.moreSettings}</summary>
          <div className={styles.plan}>
            {setting('rate', t.rate)}
            {setting('errors', t.errors, t.errorsHelp)}
            {setting('timeouts', t.timeouts)}
            {setting('watch', t.watch, t.watchHelp)}
          </div>
        </details>
        {failure !== undefined && <ErrorNote error={failure} />}
        {/* Until the fleet has loaded, "all" would mean only the devices loaded so far. */}
        <div>
          <Button kind="primary" disabled={ids.length === 0 || link === 'connecting'} onClick={() => void start()}>
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
