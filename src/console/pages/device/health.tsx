import type { ReactNode } from 'react';
import { inventory, vitals } from '../../../../machines/reading.ts';
import type { DeviceDocument } from '../../../protocol/document.ts';
import { useFormat } from '../../core/clock.tsx';
import type { Tone } from '../../core/screen-status.ts';
import { useTexts } from '../../core/texts.ts';
import { Dot } from '../../ui/badge.tsx';
import { Section } from '../../ui/page.tsx';
import { Ago } from '../../ui/time.tsx';
import styles from './device.module.css';
import { healthTexts } from './health-texts.ts';

interface Sign {
  name: string;
  tone: Tone;
  text: ReactNode;
}

/** Smaller clock differences are not shown. */
const CLOCK_MS = 5000;
const nearly = (share: number, wait: number, bad: number): Tone =>
  share >= bad ? 'bad' : share >= wait ? 'wait' : 'good';

/** The health of the machine, as far as its player reports it. */
export function Health({ document }: { document: DeviceDocument }) {
  const t = useTexts(healthTexts);
  const signs = useSigns(document);
  const { measuredAt, receivedAt } = document.report;
  const at = measuredAt ?? receivedAt;
  return (
    <Section
      title={t.health}
      tools={
        at && (
          <small className="muted">
            {t.measured} <Ago at={at} />
          </small>
        )
      }
    >
      {signs.length === 0 ? (
        <p className="muted">{t.nothing}</p>
      ) : (
        <dl className={styles.health}>
          {signs.map(({ name, tone, text }) => (
            <div key={name}>
              <dt>
                <Dot tone={tone} /> {name}
              </dt>
              <dd className={tone === 'bad' || tone === 'wait' ? styles[`${tone}Text`] : undefined}>{text}</dd>
            </div>
          ))}
        </dl>
      )}
    </Section>
  );
}

function useSigns({ state, connection, type, appVersion }: DeviceDocument): readonly Sign[] {
  const t = useTexts(healthTexts);
  const format = useFormat();
  const { disk, memory, addresses } = inventory(state);
  const { uptimeMs, load, processors, celsius } = vitals(state);
  const skew = connection.clockSkewMs;
  const signs: Sign[] = [];
  const add = (name: string, tone: Tone, text: ReactNode) => signs.push({ name, tone, text });
  if (disk) {
    const share = disk.usedBytes / disk.totalBytes;
    add(
      t.disk,
      nearly(share, 0.85, 0.95),
      t.full(format.percent(share), format.bytes(disk.totalBytes - disk.usedBytes)),
    );
  }
  if (memory) {
    const share = 1 - memory.freeBytes / memory.totalBytes;
    add(t.memory, nearly(share, 0.9, 0.97), t.inUse(format.percent(share), format.bytes(memory.totalBytes)));
  }
  if (load !== null) {
    const tone = processors === null ? 'muted' : nearly(load / processors, 1, 2);
    add(
      t.load,
      tone,
      processors === null ? format.number(load, 1) : t.busy(format.number(load, 1), format.number(processors)),
    );
  }
  if (celsius !== null) add(t.temperature, nearly(celsius, 75, 85), `${format.number(celsius)} °C`);
  if (uptimeMs !== null) add(t.uptime, 'muted', t.up(format.duration(uptimeMs)));
  if (skew !== null) {
    const length = format.duration(Math.abs(skew));
    add(
      t.clock,
      Math.abs(skew) < CLOCK_MS ? 'good' : 'wait',
      Math.abs(skew) < CLOCK_MS ? t.right : skew < 0 ? t.slow(length) : t.fast(length),
    );
  }
  if (addresses.length > 0) add(t.lan, 'muted', addresses.join(', '));
  const player = [type, appVersion].filter(Boolean).join(' ');
  if (player) add(t.player, 'muted', player);
  return signs;
}
