import type { Identity } from '../protocol/admin.ts';

/** What is needed of a document to know who may see it. */
interface Grouped {
  group: string | null;
}

/** What a token may see and command: the whole fleet, or the devices of its groups. What it may not see is unknown to it. */
export interface View {
  /** Undefined: the whole fleet. */
  readonly groups: readonly string[] | undefined;
  sees(document: Grouped | undefined): boolean;
  /** The same by the device's id. */
  knows(id: string): boolean;
  hasGroup(name: string | null | undefined): boolean;
}

interface Devices {
  get(id: string): { document: Grouped } | undefined;
}

/** A device is seen by the group that it is in now. */
export function viewOf({ groups }: Pick<Identity, 'groups'>, devices: Devices): View {
  const hasGroup = (name: string | null | undefined) => !groups || (name != null && groups.includes(name));
  return {
    groups,
    hasGroup,
    sees: (document) => document !== undefined && hasGroup(document.group),
    // Of a device that was removed only its past is left, which is for those who see the whole fleet.
    knows: (id) => !groups || hasGroup(devices.get(id)?.document.group),
  };
}
