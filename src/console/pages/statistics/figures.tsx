import type { ReactNode } from 'react';
import { useFormat } from '../../core/clock.tsx';
import { useTexts } from '../../core/texts.ts';
import styles from './statistics.module.css';
import { doneShare, type Stats } from './stats.ts';
import { texts } from './texts.ts';

/** The most important figures. */
export function Figures({ total, isSingleDevice }: { total: Stats['total']; isSingleDevice: boolean }) {
  const t = useTexts(texts);
  const format = useFormat();
  const { uptime, onAir, disconnections, commands } = total;
  const share = (it: number | null) => (it === null ? '–' : format.percent(it));
  const known = onAir.yesMs + onAir.noMs + onAir.unknownMs;
  const done = doneShare(commands);
  return (
    <dl className={styles.figures}>
      {!isSingleDevice && <Figure name={t.devices} value={format.number(total.devices)} />}
      <Figure name={t.connected} value={share(uptime.share)}>
        {t.ofTime}
      </Figure>
      <Figure name={t.onAir} value={share(onAir.share)}>
        {known > 0 && onAir.unknownMs > 0 ? t.unknown(format.percent(onAir.unknownMs / known)) : t.ofTime}
      </Figure>
      <Figure name={t.disconnections} value={format.number(disconnections.count)} />
      <Figure name={t.commands} value={format.number(commands.count)}>
        {done !== undefined && t.done(format.percent(done))}
        {commands.p50Ms !== null && commands.p95Ms !== null && (
          <span title={t.timesWhy} className={styles.times}>
            {t.times(format.duration(commands.p50Ms), format.duration(commands.p95Ms))}
          </span>
        )}
      </Figure>
    </dl>
  );
}

function Figure({ name, value, children }: { name: string; value: string; children?: ReactNode }) {
  return (
    <div className={styles.figure}>
      <dt>{name}</dt>
      <dd className={styles.value}>{value}</dd>
      {children && <dd className={styles.more}>{children}</dd>}
    </div>
  );
}
