import { usePreferences } from './preferences.tsx';
import { serverMessages } from './server-messages.ts';

/** Translates a server message; unknown ones are returned unchanged. */
export function useServerWords(): (message: string) => string {
  const { language } = usePreferences();
  return (message) => {
    for (const [pattern, en, es] of serverMessages)
      if (pattern.test(message)) return message.replace(pattern, language === 'es' ? es : en);
    return message;
  };
}
