import { createContext, type ReactNode, useCallback, useContext, useSyncExternalStore } from 'react';
import type { Admin, AdminStatus } from '../../client/admin.ts';
import type { AlertsCopy } from '../../client/alerts.ts';
import type { VersionedDocument } from '../../protocol/document.ts';
import { hasRole, type Role } from '../../protocol/roles.ts';
import type { Census, CensusStore } from './census.ts';
import type { Fleet } from './fleet.ts';
import type { Orders } from './orders.ts';
import type { Pictures } from './pictures.ts';
import type { Rest } from './rest.ts';
import type { Selection } from './selection.ts';

/** What pages need from the server while a user is signed in. */
export interface Session {
  id: string;
  /** The name of the token. */
  name: string;
  role: Role;
  /** The groups that the token is for; undefined: the whole fleet. */
  groups?: readonly string[] | undefined;
  admin: Admin<string>;
  rest: Rest;
  fleet: Fleet;
  census: CensusStore;
  /** Commands sent from this page. */
  orders: Orders;
  pictures: Pictures;
  /** The devices chosen on the wall. */
  selection: Selection;
  /** @throws RestError */
  signOut(): Promise<void>;
}

const Context = createContext<Session | undefined>(undefined);

export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
  return <Context value={session}>{children}</Context>;
}

export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error('Not signed in.');
  return session;
}

/** Does the user have at least this role? */
export const useMay = (least: Role) => hasRole(useSession().role, least);

/** The live document of a device; re-renders only when it changes. Undefined if the device does not exist. */
export function useDevice(id: string): VersionedDocument | undefined {
  const { fleet } = useSession();
  const subscribe = useCallback((changed: () => void) => fleet.onDevice(id, changed), [fleet, id]);
  return useSyncExternalStore(subscribe, () => fleet.devices.get(id));
}

export function useCensus(): Census {
  const { census } = useSession();
  return useSyncExternalStore(census.subscribe, census.get);
}

export function useSelection(): ReadonlySet<string> {
  const { selection } = useSession();
  return useSyncExternalStore(selection.subscribe, selection.get);
}

/** Re-renders only when this device is chosen or no longer. */
export function useIsSelected(id: string): boolean {
  const { selection } = useSession();
  return useSyncExternalStore(
    selection.subscribe,
    useCallback(() => selection.get().has(id), [selection, id]),
  );
}

/** The open alerts; undefined until they are known. */
export function useOpenAlerts(): AlertsCopy | undefined {
  const { admin } = useSession();
  return useSyncExternalStore(admin.alerts.subscribe, () => admin.alerts.open);
}

/** `live`, `stale` or `connecting`: is the page up to date? */
export function useLink(): AdminStatus['link'] {
  const { admin } = useSession();
  return useSyncExternalStore(admin.onStatus, () => admin.status.link);
}
