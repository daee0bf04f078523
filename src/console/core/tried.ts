import { endingOf, endings, type Tried } from '../../protocol/tried.ts';
import { useCommandName } from './command-texts.ts';
import { defineTexts, useTexts } from './texts.ts';

const texts = defineTexts(
  {
    tried: (intent: string, times: number) => `${intent}: tried ${times === 1 ? 'once' : `${times} times`}`,
    last: (ending: string, times: number) => `${times === 1 ? '' : 'last: '}${ending}`,
  },
  {
    tried: (intent: string, times: number) => `${intent}: ${times === 1 ? 'un intento' : `${times} intentos`}`,
    last: (ending: string, times: number) => `${times === 1 ? '' : 'el último: '}${ending}`,
  },
);

const endingTexts = defineTexts(endings, {
  success: 'respondió',
  error: 'error',
  timeout: 'sin respuesta',
  undelivered: 'no entregado',
  cancelled: 'cancelado',
  unavailable: 'el servidor no pudo enviarlo',
  queue_full: 'había demasiados comandos en espera',
});

/** Describes the attempts in the user's language, quoting the player's message. */
export function useTriedText(): (tried: Tried) => string {
  const t = useTexts(texts);
  const known: Readonly<Record<string, string>> = useTexts(endingTexts);
  const commandName = useCommandName();
  return ({ intent, times, ending }) => {
    const tried = t.tried(commandName(intent), times);
    if (ending === undefined) return tried;
    const { status, words } = endingOf(ending);
    const told = known[status] ?? status.replaceAll('_', ' ');
    return `${tried}; ${t.last(words ? `${told} (${words})` : told, times)}`;
  };
}
