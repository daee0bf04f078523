import { createContext, useContext } from 'react';
import { useSearchParams } from 'wouter';

export interface Moment {
  /** Milliseconds since the epoch; undefined: live. */
  at: number | undefined;
  setAt(at: number | undefined): void;
}

/** The chosen time, in the URL. */
export function useMoment(): Moment {
  const [params, setParams] = useSearchParams();
  const given = Date.parse(params.get('at') ?? '');
  return {
    at: Number.isNaN(given) ? undefined : given,
    setAt: (at) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          if (at === undefined) next.delete('at');
          else next.set('at', new Date(at).toISOString());
          return next;
        },
        { replace: true },
      ),
  };
}

/** The time that the surrounding part of the page shows; undefined: live. */
export const ShownMoment = createContext<number | undefined>(undefined);

export const useIsPast = (): boolean => useContext(ShownMoment) !== undefined;

/** The address of a device's page, at the time that is shown here. */
export function useDeviceHref(id: string): string {
  return deviceHref(id, useContext(ShownMoment));
}

export const deviceHref = (id: string, at?: string | number): string =>
  `/devices/${encodeURIComponent(id)}${at === undefined ? '' : `?at=${new Date(at).toISOString()}`}`;
