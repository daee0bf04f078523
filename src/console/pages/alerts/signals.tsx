import { beep } from '../../core/beep.ts';
import { usePreferences } from '../../core/preferences.tsx';
import { defineTexts, useTexts } from '../../core/texts.ts';
import { useToast } from '../../ui/toast.tsx';
import styles from './alerts.module.css';

const texts = defineTexts(
  {
    label: 'In this browser',
    notify: 'Browser notifications',
    sound: 'Sound',
    unsupported: 'This browser shows notifications over HTTPS only',
    refused: 'The browser does not allow notifications of this page',
    refusedWhy: 'Allow them in the settings of the browser.',
  },
  {
    label: 'En este navegador',
    notify: 'Notificaciones del navegador',
    sound: 'Sonido',
    unsupported: 'Este navegador solo muestra notificaciones por HTTPS',
    refused: 'El navegador no permite notificaciones de esta página',
    refusedWhy: 'Se pueden permitir en la configuración del navegador.',
  },
);

/** Whether this browser signals new alerts, while a page of the console is open. */
export function Signals() {
  const t = useTexts(texts);
  const { notify, sound, set } = usePreferences();
  const toast = useToast();
  const isSupported = typeof Notification !== 'undefined';
  const isOn = notify && isSupported && Notification.permission === 'granted';

  async function setNotify(wanted: boolean): Promise<void> {
    if (wanted && (await Notification.requestPermission()) !== 'granted') toast(t.refused, 'bad', t.refusedWhy);
    else set({ notify: wanted });
  }

  return (
    <fieldset className={styles.signals}>
      <legend className="visually-hidden">{t.label}</legend>
      <label title={isSupported ? undefined : t.unsupported}>
        <input
          type="checkbox"
          checked={isOn}
          disabled={!isSupported}
          onChange={(event) => void setNotify(event.target.checked)}
        />
        {t.notify}
      </label>
      <label>
        <input
          type="checkbox"
          checked={sound}
          onChange={(event) => {
            set({ sound: event.target.checked });
            if (event.target.checked) beep();
          }}
        />
        {t.sound}
      </label>
    </fieldset>
  );
}
