import type { AlertDetails, AlertEnding, AlertName } from '../../../protocol/alerts.ts';
import { useFormat } from '../../core/clock.tsx';
import { usePreferences } from '../../core/preferences.tsx';
import { useTexts } from '../../core/texts.ts';
import { useTriedText } from '../../core/tried.ts';
import { useReason } from '../../core/why.ts';
import { endingTexts, foundTexts, overTexts } from './sentence-texts.ts';

export interface Told {
  alert: string;
  summary: string;
  details?: AlertDetails | undefined;
  ending?: AlertEnding | undefined;
  resolution?: string | undefined;
  closedBy?: string | undefined;
  devices?: readonly string[] | undefined;
}

export interface Sentence {
  text: string;
  /** Set if this is the server's English text. */
  lang?: 'en';
}

/**
 * What happened and how it ended, in the user's language. Falls back to the server's text for unknown kinds and for
 * alerts without details.
 */
export function useSentences(): (told: Told) => { found: Sentence; ended?: Sentence } {
  const found = useTexts(foundTexts);
  const over = useTexts(overTexts);
  const endings = useTexts(endingTexts);
  const format = useFormat();
  const list = new Intl.ListFormat(usePreferences().locale);
  const reasonText = useReason();
  const triedText = useTriedText();
  return ({ alert, summary, details, ending, resolution, closedBy = '', devices = [] }) => {
    const name = alert as AlertName;
    const ended =
      ending === 'over'
        ? over[name]?.(devices.join(', '))
        : ending === undefined
          ? undefined
          : endings[ending](closedBy);
    const {
      since,
      reason,
      places = [],
      skewMs = 0,
      fullness = 0,
      code = '',
      lost = 0,
      evidence = '',
      losses = 0,
      availability = 0,
      tried = [],
      attempts,
    } = details ?? {};
    const text =
      details &&
      found[name]?.({
        since: since === undefined ? '' : format.time(since),
        reason: reasonText(reason ?? details.code),
        places: list.format(places),
        skew: format.duration(Math.abs(skewMs)),
        fullness: format.percent(fullness),
        code,
        lost: format.number(lost),
        evidence,
        losses: format.number(losses),
        availability: format.percent(availability),
        // Alerts from older servers contain only the sentences.
        tried: list.format(attempts?.map(triedText) ?? tried),
      });
    return {
      found: text === undefined ? { text: summary, lang: 'en' } : { text },
      ...(resolution && { ended: ended === undefined ? { text: resolution, lang: 'en' } : { text: ended } }),
    };
  };
}
