import type { PlaybackStatus } from '../../../machines/reading.ts';
import type { DeviceDocument } from '../../protocol/document.ts';
import { playingOf } from './playing.ts';
import { defineTexts, useTexts } from './texts.ts';

const texts = defineTexts(
  {
    playing: 'Playing',
    paused: 'Paused',
    stopped: 'Stopped',
    unavailable: 'The player cannot reach VLC',
    unknown: 'Says nothing of what plays',
    notMeasured: 'Not measured yet',
    fullscreen: 'full screen',
    volume: (volume: number) => `volume ${volume}`,
  } satisfies Record<PlaybackStatus, string> & Record<string, unknown>,
  {
    playing: 'Reproduciendo',
    paused: 'En pausa',
    stopped: 'Detenido',
    unavailable: 'El reproductor no alcanza VLC',
    unknown: 'No dice qué reproduce',
    notMeasured: 'Aún sin medir',
    fullscreen: 'pantalla completa',
    volume: (volume: number) => `volumen ${volume}`,
  },
);

export interface PlayingText {
  /** The item; where there is none, why. */
  title: string;
  /** How it is, unless it plays or the title says so; and the playlist. */
  details: string;
  /** The rest, for who looks closely. */
  more: string;
}

/** What a screen plays, for people. */
export function usePlayingText(): (document: DeviceDocument) => PlayingText {
  const t = useTexts(texts);
  return (document) => {
    const { status, item, playlist, fullscreen, volume } = playingOf(document);
    const doing = status === 'unknown' && !document.report.measuredAt ? t.notMeasured : t[status];
    return {
      title: item ?? doing,
      details: line(item !== null && status !== 'playing' && doing, playlist),
      more: line(fullscreen && t.fullscreen, volume !== null && t.volume(volume)),
    };
  };
}

/** `a · b`, of those that are there. */
export const line = (...parts: readonly (string | false | null | undefined)[]): string =>
  parts.filter(Boolean).join(' · ');
