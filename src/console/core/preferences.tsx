import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';

export type Language = 'en' | 'es';
export type Theme = 'system' | 'light' | 'dark';

export const wallViews = ['grid', 'compact', 'table'] as const;
export type WallView = (typeof wallViews)[number];

interface Kept {
  language: Language;
  theme: Theme;
  wall: WallView;
}

interface Preferences extends Kept {
  /** How dates and numbers are written: as the reader's browser says, in this language. */
  locale: string;
  set(change: Partial<Kept>): void;
}

const KEY = 'vigia.preferences';
const Context = createContext<Preferences | undefined>(undefined);

/** Language and colours, kept in this browser; at first, the browser's own. */
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
  const first = { language: firstLanguage(), theme: 'system', wall: 'grid' } as const;
  try {
    return { ...first, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') };
  } catch {
    return first;
  }
}

const languageOf = (tag: string) => tag.split('-')[0]?.toLowerCase();

/** The first of the reader's languages that there is. */
const firstLanguage = (): Language =>
  navigator.languages.map(languageOf).find((it): it is Language => it === 'en' || it === 'es') ?? 'en';

const localeFor = (language: Language) => navigator.languages.find((it) => languageOf(it) === language) ?? language;
