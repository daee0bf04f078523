import { type Theme, usePreferences } from '../core/preferences.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';
import { Button } from '../ui/button.tsx';
import { Icon, type IconName } from '../ui/icon.tsx';
import styles from './preference-buttons.module.css';

const texts = defineTexts(
  {
    system: 'Theme: system',
    light: 'Theme: light',
    dark: 'Theme: dark',
    language: 'ES: cambiar a español',
  },
  {
    system: 'Tema: del sistema',
    light: 'Tema: claro',
    dark: 'Tema: oscuro',
    language: 'EN: switch to English',
  },
);

const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const icons: Record<Theme, IconName> = { system: 'screen', light: 'sun', dark: 'moon' };

export function PreferenceButtons() {
  const t = useTexts(texts);
  const { theme, language, set } = usePreferences();
  const other = language === 'en' ? 'es' : 'en';
  return (
    <div className={styles.buttons}>
      <Button kind="quiet" aria-label={t[theme]} title={t[theme]} onClick={() => set({ theme: next[theme] })}>
        <Icon name={icons[theme]} />
      </Button>
      <Button
        kind="quiet"
        lang={other}
        aria-label={t.language}
        title={t.language}
        onClick={() => set({ language: other })}
      >
        {other.toUpperCase()}
      </Button>
    </div>
  );
}
