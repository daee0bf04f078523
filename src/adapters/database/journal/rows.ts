import type { Operation } from 'fast-json-patch';
import type { DeviceDocument, Update } from '../../../protocol/document.ts';
import type { Schema } from '../schema.ts';
import type { Kept } from './budget.ts';

/** A change that waits to be written. */
export interface Change {
  update: Update;
  /** Undefined: the device was removed. */
  after: DeviceDocument | undefined;
  /** It stands for several: nobody has what its patch would change. */
  folded: boolean;
  /** Decided once, however often it is tried. */
  kept?: Kept | undefined;
  isCounted?: boolean;
}

export interface Rows {
  change: Schema['changes'];
  keyframe?: Schema['keyframes'];
}

/** Reading begins at a keyframe, and applies no more than so many patches, of no more than so many characters. */
const PATCHES_A_KEYFRAME = 100;
const PATCH_SIZE_A_KEYFRAME = 128 * 1024;
const KEYFRAME_MS = 24 * 3600_000;

/** What the table holds of a device, as far as this process has written it. */
interface Line {
  version: number;
  keyframeAt: number;
  patches: number;
  size: number;
}

/**
 * Makes rows of changes. A change is kept as a patch only where the version before it is in the table for sure: the
 * first of each device in this process, one after versions were leapt over, and one that stands for several are kept
 * whole. So a row never depends on one that may be missing.
 */
export class RowMaker {
  readonly #lines = new Map<string, Line>();
  readonly #encode: (patch: Operation[], at: number) => string;

  constructor(encode: (patch: Operation[], at: number) => string) {
    this.#encode = encode;
  }

  rowsOf({ update, after, folded, kept }: Change): Rows {
    const { deviceId, version } = update;
    const at = Date.parse(update.at);
    const head = { device_id: deviceId, version, at };
    if (after === undefined) {
      this.#lines.delete(deviceId);
      return { change: { ...head, kind: 'deleted', patch: null } };
    }
    const line = this.#lines.get(deviceId);
    const isCoarse = kept === 'coarse';
    if (isCoarse || folded || !('patch' in update) || line === undefined || line.version !== version - 1) {
      this.#lines.set(deviceId, { version, keyframeAt: at, patches: 0, size: 0 });
      return {
        change: { ...head, kind: isCoarse ? 'coarse' : 'document', patch: null },
        keyframe: keyframe(head, after),
      };
    }
    const patch = this.#encode(update.patch, at);
    const change = { ...head, kind: 'p', patch };
    line.version = version;
    line.patches++;
    line.size += patch.length;
    if (line.patches < PATCHES_A_KEYFRAME && line.size < PATCH_SIZE_A_KEYFRAME && at - line.keyframeAt < KEYFRAME_MS) {
      return { change };
    }
    Object.assign(line, { keyframeAt: at, patches: 0, size: 0 });
    return { change, keyframe: keyframe(head, after) };
  }

  /** What was written last of this device is not certain. */
  forget(deviceId: string): void {
    this.#lines.delete(deviceId);
  }
}

/** One change for each device: the last one, which then stands for all of them. */
export function fold(changes: readonly Change[]): Change[] {
  const last = new Map<string, Change>();
  for (const change of changes) {
    const { deviceId } = change.update;
    const folded = change.folded || last.has(deviceId);
    last.set(deviceId, folded ? { ...change, folded, kept: undefined } : change);
  }
  return [...last.values()];
}

function keyframe(head: { device_id: string; version: number; at: number }, document: DeviceDocument) {
  return { ...head, document: JSON.stringify(document) };
}
