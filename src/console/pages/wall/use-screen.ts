import { usePlayingText } from '../../core/playing-text.ts';
import { useDevice } from '../../core/session.tsx';
import { standingOf, toneOf } from '../../core/standing.ts';
import { whyOf } from '../../core/why.ts';

/** What cards and rows show of a device; undefined once it is removed. */
export function useScreen(id: string) {
  const device = useDevice(id)?.document;
  const playingText = usePlayingText();
  if (!device) return undefined;
  const standing = standingOf(device);
  return { device, standing, tone: toneOf[standing], playing: playingText(device), ...whyOf(device) };
}
