import { usePlayingText } from '../../core/playing-text.ts';
import { screenStatusOf, toneOf } from '../../core/screen-status.ts';
import { useDevice } from '../../core/session.tsx';
import { whyOf } from '../../core/why.ts';

/** What cards and rows show of a device; undefined once it is removed. */
export function useScreen(id: string) {
  const device = useDevice(id)?.document;
  const playingText = usePlayingText();
  if (!device) return undefined;
  const screenStatus = screenStatusOf(device);
  return { device, screenStatus, tone: toneOf[screenStatus], playing: playingText(device), ...whyOf(device) };
}
