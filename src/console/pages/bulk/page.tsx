import { useRef, useState, useSyncExternalStore } from 'react';
import { type IntentName, intentNames } from '../../../../machines/intents.ts';
import { useFormat } from '../../core/clock.tsx';
import { commandTexts } from '../../core/command-texts.ts';
import { useListing } from '../../core/listing.ts';
import { useLink, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { useConfirm } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { FilterBar, useFilter } from '../../ui/filter-bar.tsx';
import { Page, Section } from '../../ui/page.tsx';
import styles from './bulk.module.css';
import { RunView } from './run-view.tsx';
import { texts } from './texts.ts';

const NAMED = 8;

/** One command for many devices: choose, look, a canary first, and see who answers what. */
export default function BulkPage() {
  const t = useTexts(texts);
  const { bulk } = useSession();
  const run = useSyncExternalStore(bulk.subscribe, bulk.get);
  return <Page title={t.bulk}>{run ? <RunView run={run} /> : <Planning />}</Page>;
}

function Planning() {
  const t = useTexts(texts);
  const names = useTexts(commandTexts);
  const format = useFormat();
  const confirm = useConfirm();
  const { bulk, fleet } = useSession();
  const link = useLink();
  const { filter, change } = useFilter();
  const searchRef = useRef<HTMLInputElement>(null);
  const ids = useListing(filter, 'name');
  const [command, setCommand] = useState<IntentName>('play');
  const [canary, setCanary] = useState(3);
  const [limit, setLimit] = useState(5);

  const documents = ids.flatMap((id) => fleet.devices.get(id)?.document ?? []);
  const lost = documents.filter((it) => it.connection.status !== 'online').length;
  const count = format.number(ids.length);
  const hasCanary = canary > 0 && canary < ids.length;

  async function start(): Promise<void> {
    // Those that are shown now, whatever changes while the question is open.
    const deviceIds = [...ids];
    const isSure = await confirm({
      title: t.sure(names[command], count),
      text: hasCanary ? t.sureCanary(format.number(canary), format.number(limit)) : t.sureAll(format.number(limit)),
      action: t.send,
      danger: command === 'stop',
    });
    if (!isSure) return;
    // A canary that is away tells nothing: those that are online go first.
    const isAway = (id: string) => Number(fleet.devices.get(id)?.document.connection.status !== 'online');
    deviceIds.sort((a, b) => isAway(a) - isAway(b));
    bulk.start({ command, deviceIds, canary, maxFailures: limit });
  }

  return (
    <>
      <Section title={t.choose}>
        <div className={styles.choose}>
          <FilterBar filter={filter} change={change} searchRef={searchRef} />
          <p>
            <b className="number">{t.chosen(count)}</b>
            {ids.length > 0 && (
              <span className="muted">
                {': '}
                {documents
                  .slice(0, NAMED)
                  .map((it) => it.name ?? it.id)
                  .join(', ')}
                {ids.length > NAMED && t.more(format.number(ids.length - NAMED))}
              </span>
            )}
          </p>
          {lost > 0 && <p className={styles.warning}>{t.lost(format.number(lost))}</p>}
        </div>
      </Section>
      <Section title={t.plan}>
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
          <Field label={t.canary} help={t.canaryHelp}>
            <input
              type="number"
              min={0}
              max={1000}
              value={canary}
              onChange={(event) => setCanary(event.target.valueAsNumber || 0)}
            />
          </Field>
          <Field label={t.limit} help={t.limitHelp}>
            <input
              type="number"
              min={0}
              max={10_000}
              value={limit}
              onChange={(event) => setLimit(event.target.valueAsNumber || 0)}
            />
          </Field>
        </div>
        {/* While the fleet is still coming, "all" would be those that are here. */}
        <Button kind="primary" disabled={ids.length === 0 || link === 'connecting'} onClick={() => void start()}>
          {t.start(count)}
        </Button>
      </Section>
    </>
  );
}
