import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import type { WallView } from './wall-views.ts';
import { computerZone, isZone } from './zone.ts';

export type Language = 'en' | 'es';
export type Theme = 'system' | 'light' | 'dark';

interface Kept {
  language: Language;
  theme: Theme;
  /** The time zone of dates and times: an IANA name. */
  zone: string;
  wall: WallView;
  /** How new alerts are signalled in this browser. */
  notify: boolean;
  sound: boolean;
}

interface Preferences extends Kept {
  /** The locale for dates and numbers: the browser's, in the chosen language. */
  locale: string;
  set(change: Partial<Kept>): void;
}

const KEY = 'vigia.preferences';
const Context = createContext<Preferences | undefined>(undefined);

/** Language, theme and time zone, stored in this browser. Defaults to the browser's settings. */
export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [kept, setKept] = useState(read);
  useEffect(() => {
    document.documentElement.lang = kept.language;
    document.documentElement.dataset.theme = kept.theme;
  }, [kept]);
  const value = useMemo<Preferences>(
    () => ({
      ...kept,
      locale: localeFor(kept.language),
      set(change) {
        const next = { ...kept, ...change };
        setKept(next);
        localStorage.setItem(KEY, JSON.stringify(next));
      },
    }),
    [kept],
  );
  return <Context value={value}>{children}</Context>;
}

export function usePreferences(): Preferences {
  const preferences = useContext(Context);
  if (!preferences) throw new Error('There is no PreferencesProvider above.');
  return preferences;
}

function read(): Kept {
  const first = {
    language: firstLanguage(),
    theme: 'system',
    zone: computerZone(),
    wall: 'grid',
    notify: false,
    sound: false,
  } as const;
  try {
    const kept = { ...first, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') };
    return isZone(kept.zone) ? kept : { ...kept, zone: first.zone };
  } catch {
    return first;
  }
}

const languageOf = (tag: string) => tag.split('-')[0]?.toLowerCase();

/** The first supported language of the browser. */
const firstLanguage = (): Language =>
  navigator.languages.map(languageOf).find((it): it is Language => it === 'en' || it === 'es') ?? 'en';

const localeFor = (language: Language) => navigator.languages.find((it) => languageOf(it) === language) ?? language;
