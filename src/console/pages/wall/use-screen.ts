import { playingOf } from '../../core/playing.ts';
import { useDevice } from '../../core/session.tsx';
import { standingOf, toneOf } from '../../core/standing.ts';
import { whyOf } from '../../core/why.ts';

/** What a card and a row show of a device; undefined: it has gone. */
export function useScreen(id: string) {
  const device = useDevice(id)?.document;
  if (!device) return undefined;
  const standing = standingOf(device);
  return { device, standing, tone: toneOf[standing], ...playingOf(device.state), ...whyOf(device) };
}
