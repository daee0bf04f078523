import type { Identity } from '../protocol/admin.ts';
import { type Alert, alerts } from '../protocol/alerts.ts';

/** The part of a document that determines who may see it. */
interface Grouped {
  group: string | null;
}

/**
 * The devices that a token may see and command: the whole fleet, or those of its groups. Others do not exist for it.
 */
export interface View {
  /** Undefined: the whole fleet. */
  readonly groups: readonly string[] | undefined;
  sees(document: Grouped | undefined): boolean;
  /** Like `sees`, by device id. */
  knows(id: string): boolean;
  hasGroup(name: string | null | undefined): boolean;
}

interface Devices {
  get(id: string): { document: Grouped } | undefined;
}

/** A device belongs to the group it is in now. */
export function viewOf({ groups }: Pick<Identity, 'groups'>, devices: Devices): View {
  const hasGroup = (name: string | null | undefined) => !groups || (name != null && groups.includes(name));
  return {
    groups,
    hasGroup,
    sees: (document) => document !== undefined && hasGroup(document.group),
    // A removed device has no group: only tokens for the whole fleet may see its history.
    knows: (id) => !groups || hasGroup(devices.get(id)?.document.group),
  };
}

/**
 * A token with groups sees the alerts of its devices and groups. Alerts about an address, the fleet or the server also
 * concern other groups.
 */
export function seesAlert({ groups, knows }: View, { alert, about }: Pick<Alert, 'alert' | 'about'>): boolean {
  if (!groups) return true;
  if (alerts[alert].about === 'device') return knows(about);
  return groups.some((group) => about === `group ${group}`);
}
