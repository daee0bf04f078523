import type { StateSections } from '../../machines/state-sections.ts';
import type * as wire from '../protocol/document.ts';

/** What a player sent. The known sections have types; a player may send others, and leave out these. */
export type DeviceState = wire.JsonObject & StateSections;

/** The document of a device. Immutable: a change makes a new one, which shares the unchanged parts. */
export interface DeviceDocument extends wire.DeviceDocument {
  state: DeviceState;
}

export interface VersionedDocument extends wire.VersionedDocument {
  document: DeviceDocument;
}
