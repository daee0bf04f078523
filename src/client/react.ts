import {
  createContext,
  createElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { type Admin, type AdminStatus, type CommandRequest, connectAdmin, type Ending, type Scope } from './admin.ts';
import type { DeviceDocument } from './device.ts';
import { ClientError } from './errors.ts';
import { createFleetList } from './fleet-list.ts';
import type { TokenSource } from './token.ts';

export type { AdminStatus, CommandRequest, Ending, Scope } from './admin.ts';
export type { DeviceDocument, DeviceState } from './device.ts';
export { ClientError, type ClientErrorCode } from './errors.ts';
export { checkFilter } from './fleet-list.ts';

const Context = createContext<Admin<string> | undefined>(undefined);

export interface VigiaProviderProps {
  /** Base URL of the server, e.g. `https://vigia.example`. */
  url: string;
  /** See `connectAdmin`. A function may be a new one at each render. */
  token: TokenSource;
  /** The devices to keep a live copy of; all, if it is left out. */
  scope?: Scope;
  children?: ReactNode;
}

/** Connects to the server as long as it is mounted, and again if `url`, `token` or `scope` change. */
export function VigiaProvider({ url, token, scope = { all: true }, children }: VigiaProviderProps): ReactNode {
  const [admin, setAdmin] = useState<Admin<string>>();
  const scopeText = JSON.stringify(scope);
  const latest = useRef(token);
  useEffect(() => {
    latest.current = token;
  });
  const fixed = typeof token === 'string' ? token : undefined;
  useEffect(() => {
    const source = fixed ?? (() => (typeof latest.current === 'string' ? latest.current : latest.current()));
    const connected = connectAdmin<string>({ url, token: source, scope: JSON.parse(scopeText) as Scope });
    setAdmin(connected);
    return () => connected.close();
  }, [url, fixed, scopeText]);
  return createElement(Context.Provider, { value: admin }, children);
}

/** The connection, for what has no hook (`setDesired`, `watch`, `rollouts`). Undefined before the provider has mounted. */
export const useAdmin = (): Admin<string> | undefined => useContext(Context);

const nothing = () => () => {};
const CONNECTING: AdminStatus = Object.freeze({ link: 'connecting', heardAt: undefined, transport: undefined });

/** The state of the connection. `error` says why it has ended, or why it cannot connect. */
export function useStatus(): AdminStatus {
  const admin = useAdmin();
  const get = () => admin?.status ?? CONNECTING;
  return useSyncExternalStore(admin?.onStatus ?? nothing, get, get);
}

/** The document of a device. Renders again only when it changes. Undefined if there is no such device. */
export function useDevice(id: string): DeviceDocument | undefined {
  const admin = useAdmin();
  const subscribe = useCallback(
    (changed: () => void) => admin?.onChange({ devices: [id] }, changed) ?? (() => {}),
    [admin, id],
  );
  const get = () => admin?.devices.get(id)?.document;
  return useSyncExternalStore(subscribe, get, get);
}

/**
 * The ids of the devices that match a filter (SPEC F1–F6), e.g. `status:online group:lobby`, in the order of the ids.
 * Renders again only when a device begins or ceases to match: rows read their documents with `useDevice`. A filter with a
 * syntax error matches nothing; `checkFilter` says what is wrong.
 */
export function useFleet(filter = ''): readonly string[] {
  const admin = useAdmin();
  const list = useMemo(() => createFleetList(admin, filter), [admin, filter]);
  return useSyncExternalStore(list.subscribe, list.get, list.get);
}

export interface CommandState<Result = Ending | Ending[]> {
  isPending: boolean;
  /** How the last command ended. */
  result?: Result;
  /** Why the last command could not be sent. */
  error?: ClientError;
}

type ResultOf<R> = R extends { deviceId: string } ? Ending : Ending[];

export interface CommandSender<Declared extends string> extends CommandState {
  /**
   * Resolves with the result; undefined if the command could not be sent (`error`). Without a connection, nothing is
   * sent: a click takes effect now or not at all.
   */
  send<R extends CommandRequest<Declared>>(request: R): Promise<ResultOf<R> | undefined>;
}

const IDLE: CommandState = Object.freeze({ isPending: false });

/** @typeParam Declared names of commands that players declare, e.g. `'reboot'` */
export function useCommand<Declared extends string = never>(): CommandSender<Declared> {
  const admin = useAdmin();
  const [state, setState] = useState(IDLE);
  const last = useRef(0);
  const send = useCallback(
    async <R extends CommandRequest<Declared>>(request: R): Promise<ResultOf<R> | undefined> => {
      const own = ++last.current;
      const show = (next: CommandState) => own === last.current && setState(next);
      show({ isPending: true });
      try {
        if (!admin) throw new ClientError({ code: 'unavailable', message: 'There is no connection yet.' });
        const result = (await admin.send(request, undefined, { once: true })) as ResultOf<R>;
        show({ isPending: false, result });
        return result;
      } catch (error) {
        show({ isPending: false, error: error as ClientError });
        return undefined;
      }
    },
    [admin],
  );
  return { send, ...state };
}
