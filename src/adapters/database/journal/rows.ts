import type { Operation } from 'fast-json-patch';
import type { DeviceDocument, Update } from '../../../protocol/document.ts';
import type { Schema } from '../schema.ts';
import type { Detail } from './budget.ts';

/** A change waiting to be written. */
export interface Change {
  update: Update;
  /** Undefined if the device was removed. */
  after: DeviceDocument | undefined;
  /** It stands for several changes, so its patch has no base version in the table. */
  folded: boolean;
  /** Decided once, regardless of retries. */
  detail?: Detail | undefined;
  isCounted?: boolean;
}

export interface Rows {
  change: Schema['changes'];
  keyframe?: Schema['keyframes'];
}

/** Maximum number of patches after a keyframe, and of their characters: limits the work of a read. */
const PATCHES_A_KEYFRAME = 100;
const PATCH_SIZE_A_KEYFRAME = 128 * 1024;
const KEYFRAME_MS = 24 * 3600_000;

/** The rows of a device that this process has written since its last keyframe. */
interface Line {
  version: number;
  keyframeAt: number;
  patches: number;
  size: number;
}

/**
 * Converts changes to rows. A change is stored as a patch only if the previous version is certainly in the table. The
 * first change of each device in this process, changes after a gap in versions, and merged changes are stored as full
 * documents, so that no row depends on one that may be missing.
 */
export class RowMaker {
  readonly #lines = new Map<string, Line>();
  readonly #encode: (patch: Operation[], at: number) => string;

  constructor(encode: (patch: Operation[], at: number) => string) {
    this.#encode = encode;
  }

  rowsOf({ update, after, folded, detail }: Change): Rows {
    const { deviceId, version } = update;
    const at = Date.parse(update.at);
    const head = { device_id: deviceId, version, at };
    if (after === undefined) {
      this.#lines.delete(deviceId);
      return { change: { ...head, kind: 'deleted', patch: null } };
    }
    const line = this.#lines.get(deviceId);
    const isCoarse = detail === 'coarse';
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

  /** The last row of this device may not have been written. */
  forget(deviceId: string): void {
    this.#lines.delete(deviceId);
  }
}

/** Merges the changes of each device into its last one. */
export function fold(changes: readonly Change[]): Change[] {
  const last = new Map<string, Change>();
  for (const change of changes) {
    const { deviceId } = change.update;
    const folded = change.folded || last.has(deviceId);
    last.set(deviceId, folded ? { ...change, folded, detail: undefined } : change);
  }
  return [...last.values()];
}

function keyframe(head: { device_id: string; version: number; at: number }, document: DeviceDocument) {
  return { ...head, document: JSON.stringify(document) };
}
