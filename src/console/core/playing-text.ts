import type { PlaybackStatus } from '../../../machines/reading.ts';
import type { DeviceDocument, Time } from '../../protocol/document.ts';
import { playingOf } from './playing.ts';
import { defineTexts, useTexts } from './texts.ts';

const texts = defineTexts(
  {
    playing: 'Playing',
    paused: 'Paused',
    stopped: 'Stopped',
    unavailable: 'The player cannot reach VLC',
    unknown: 'Does not report what plays',
    notMeasured: 'Not measured yet',
    awaiting: 'Never connected',
    lastSeen: (what: string) => `Last seen ${what}`,
    wasPlaying: (item: string | null) => (item === null ? 'playing' : `playing ${item}`),
    wasPaused: (item: string | null) => (item === null ? 'paused' : `paused at ${item}`),
    wasStopped: 'stopped',
    wasUnavailable: 'without VLC',
    wasUnknown: 'connected',
    fullscreen: 'full screen',
    volume: (volume: number) => `volume ${volume}`,
  } satisfies Record<PlaybackStatus, string> & Record<string, unknown>,
  {
    playing: 'Reproduciendo',
    paused: 'En pausa',
    stopped: 'Detenido',
    unavailable: 'El reproductor no puede conectar con VLC',
    unknown: 'No informa qué reproduce',
    notMeasured: 'Aún sin medición',
    awaiting: 'Nunca se conectó',
    lastSeen: (what: string) => `Visto por última vez ${what}`,
    wasPlaying: (item: string | null) => (item === null ? 'reproduciendo' : `reproduciendo ${item}`),
    wasPaused: (item: string | null) => (item === null ? 'en pausa' : `en pausa en ${item}`),
    wasStopped: 'detenido',
    wasUnavailable: 'sin VLC',
    wasUnknown: 'conectado',
    fullscreen: 'pantalla completa',
    volume: (volume: number) => `volumen ${volume}`,
  },
);

export interface PlayingText {
  /** The item, or why there is none. For an offline device, the last known item. */
  title: string;
  /** When this was last known, if not now. */
  seenAt?: Time;
  /** The status, unless it is playing or in the title; and the playlist. */
  details: string;
  /** Further details for the tooltip. */
  more: string;
}

/** Describes what a screen plays. */
export function usePlayingText(): (document: DeviceDocument) => PlayingText {
  const t = useTexts(texts);
  return (document) => {
    const { status, item, playlist, fullscreen, volume } = playingOf(document);
    const more = line(fullscreen && t.fullscreen, volume !== null && t.volume(volume));
    const { connection, report } = document;
    if (connection.status !== 'online') {
      const seenAt = report.measuredAt ?? connection.lastSeenAt;
      if (seenAt === null) return { title: t.awaiting, details: '', more: '' };
      return { title: t.lastSeen(was(t, status, item)), seenAt, details: playlist ?? '', more };
    }
    const doing = status === 'unknown' && !document.report.measuredAt ? t.notMeasured : t[status];
    return {
      title: item ?? doing,
      details: line(item !== null && status !== 'playing' && doing, playlist),
      more,
    };
  };
}

type Words = (typeof texts)['en'];

function was(t: Words, status: PlaybackStatus, item: string | null): string {
  if (status === 'playing') return t.wasPlaying(item);
  if (status === 'paused') return t.wasPaused(item);
  if (status === 'stopped') return t.wasStopped;
  return status === 'unavailable' ? t.wasUnavailable : t.wasUnknown;
}

/** Joins the non-empty parts: `a · b`. */
export const line = (...parts: readonly (string | false | null | undefined)[]): string =>
  parts.filter(Boolean).join(' · ');
