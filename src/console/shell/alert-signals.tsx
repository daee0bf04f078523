import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import type { ShownAlert } from '../../protocol/alerts.ts';
import { beep } from '../core/beep.ts';
import { usePreferences } from '../core/preferences.tsx';
import { useOpenAlerts, useSession } from '../core/session.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';
import { setOpenAlerts } from '../core/title.ts';
import { useSentences } from '../pages/alerts/sentence.ts';
import { alertTexts } from '../pages/alerts/texts.ts';

const texts = defineTexts(
  { many: (count: number) => `${count} new alerts` },
  { many: (count: number) => `${count} alertas nuevas` },
);

/** More at a time are one notification. */
const MOST = 3;

/** Shows the number of open alerts in the title of the page, and signals new ones as the user has chosen. */
export function AlertSignals() {
  const t = useTexts(texts);
  const names = useTexts(alertTexts);
  const sentences = useSentences();
  const { fleet } = useSession();
  const { notify, sound } = usePreferences();
  const [, go] = useLocation();
  const open = useOpenAlerts();
  const known = useRef<ReadonlySet<string>>(undefined);

  useEffect(() => {
    setOpenAlerts(open?.total ?? 0);
    return () => setOpenAlerts(0);
  }, [open?.total]);

  function tell(title: string, path: string, tag: string, body = ''): void {
    try {
      const shown = new Notification(title, { body, tag, icon: `${document.baseURI}vigia.svg` });
      shown.onclick = () => {
        window.focus();
        go(path);
        shown.close();
      };
    } catch {
      // Some browsers show notifications of service workers only.
    }
  }

  function signal(alerts: readonly ShownAlert[]): void {
    if (sound) beep();
    if (!notify || typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
    if (alerts.length > MOST) tell(t.many(alerts.length), '/alerts', 'many');
    else for (const it of alerts) notifyOf(it);
  }

  function notifyOf(it: ShownAlert): void {
    const about = fleet.devices.get(it.about)?.document.name ?? it.about;
    tell(`${names[it.alert] ?? it.alert}: ${about}`, `/alerts/${it.id}`, it.id, sentences(it).found.text);
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the open alerts, and nothing else
  useEffect(() => {
    if (!open) return;
    const before = known.current;
    known.current = new Set(open.alerts.keys());
    if (!before) return;
    const isNew = ({ id, muted }: ShownAlert) => !before.has(id) && !muted;
    const found = [...open.alerts.values()].filter(isNew);
    if (found.length > 0) signal(found);
  }, [open]);
  return null;
}
