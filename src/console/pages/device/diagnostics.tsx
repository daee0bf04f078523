import { useState } from 'react';
import type { DeviceDocument } from '../../../protocol/document.ts';
import { useTexts } from '../../core/texts.ts';
import { Section } from '../../ui/page.tsx';
import styles from './device.module.css';
import { StateTree } from './state-tree.tsx';
import { Statechart } from './statechart.tsx';
import { texts } from './texts.ts';

/** The statechart and the whole state, for engineers. Rendered only when opened. */
export function Diagnostics({ document, isLive }: { document: DeviceDocument; isLive: boolean }) {
  const t = useTexts(texts);
  const [isOpen, setOpen] = useState(false);
  return (
    <details className={styles.diagnostics} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>{t.diagnostics}</h2> <span className="muted">{t.diagnosticsHelp}</span>
      </summary>
      {isOpen && (
        <div className={styles.column}>
          <Statechart document={document} />
          <Section title={t.state}>
            <StateTree key={isLive ? 'live' : 'past'} document={document} />
          </Section>
        </div>
      )}
    </details>
  );
}
