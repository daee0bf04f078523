/**
 * The sections of a state that `reading.ts` understands, as types for programs that use the documents. Nothing checks
 * them: a player leaves out what it does not know, and sends more. What plays is better read from `playback`, which is
 * the same for every kind of player.
 */
export interface StateSections {
  /** When the state was sent, by the device's clock. */
  timestamp?: string | number;
  vlc?: VlcSection;
  system?: SystemSection;
  storage?: StorageSection;
  app?: AppSection;
  activePlaylist?: PlaylistSection;
  defaultPlaylist?: PlaylistSection;
  snapshot?: SnapshotSection;
}

interface Section {
  /** When it was measured, by the device's clock. */
  timestamp?: string | number;
  [key: string]: unknown;
}

export interface VlcSection extends Section {
  /** Whether the player reaches VLC. */
  connected?: boolean;
  state?: string;
  playing?: boolean;
  paused?: boolean;
  stopped?: boolean;
  currentItem?: string | null;
  /** From 0 to 1. */
  position?: number;
  /** In seconds. */
  time?: number;
  /** In seconds. */
  length?: number;
  volume?: number;
  fullscreen?: boolean | number;
}

export interface SystemSection extends Section {
  hostname?: string;
  platform?: string;
  cpus?: number;
  totalMem?: number;
  freeMem?: number;
  /** In seconds. */
  uptime?: number;
  loadavg?: number[];
  temperature?: number;
  /** By interface name. */
  network?: Record<string, unknown>;
}

export interface StorageSection extends Section {
  totalSpace?: number;
  freeSpace?: number;
  usedSpace?: number;
}

export interface AppSection extends Section {
  version?: string;
  startTime?: string;
}

export interface PlaylistSection extends Section {
  playlistName?: string;
  playlistPath?: string | null;
  currentIndex?: number;
  fileCount?: number;
}

/** A stored screenshot, or the path of one that stayed on the player (`createdAt`). */
export interface SnapshotSection extends Section {
  url?: string | null;
  thumbnailUrl?: string;
  bytes?: number;
  width?: number;
  height?: number;
  takenAt?: string;
  black?: boolean;
  sameAsBefore?: boolean;
  createdAt?: string | null;
}
