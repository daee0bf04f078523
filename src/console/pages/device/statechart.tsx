import type { DeviceDocument } from '../../../protocol/document.ts';
import { useTexts } from '../../core/texts.ts';
import { Section } from '../../ui/page.tsx';
import { regionsOf } from './chart.ts';
import styles from './device.module.css';
import { texts } from './texts.ts';

/** The device's statechart by region, and that of its pending command. */
export function Statechart({ document }: { document: DeviceDocument }) {
  const t = useTexts(texts);
  return (
    <Section title={t.chart}>
      <div className={styles.regions}>
        {regionsOf(document).map(({ name, states, active }) => {
          const lit = states.find(({ key }) => key === active);
          return (
            <div key={name} className={styles.region}>
              <h3>{name}</h3>
              <ol className={styles.states}>
                {states.map(({ key, states: inner, isFinal }) => (
                  <li
                    key={key}
                    className={[styles.stateBox, key === active && styles.lit, isFinal && styles.final]
                      .filter(Boolean)
                      .join(' ')}
                    aria-current={key === active ? 'true' : undefined}
                  >
                    {key}
                    {inner.length > 0 && <small>{inner.join(' · ')}</small>}
                  </li>
                ))}
              </ol>
              {lit && lit.exits.length > 0 && (
                <ul className={styles.exits}>
                  {lit.exits.map(({ label, to }) => (
                    <li key={label + to}>
                      {label} → <b>{to}</b>
                    </li>
                  ))}
                </ul>
              )}
            </div>
          );
        })}
      </div>
    </Section>
  );
}
