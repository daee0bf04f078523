import { type ReactNode, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { createCensus } from './census.ts';
import { ClockProvider, useClock } from './clock.tsx';
import { ShownMoment } from './moment.ts';
import { createPastFleet, type PastFleet, type PastStatus } from './past-fleet.ts';
import { createSelection } from './selection.ts';
import { SessionProvider, useSession } from './session.tsx';

export interface Past {
  at: number | undefined;
  status: PastStatus;
  fleet: PastFleet;
}

/** Loads the fleet as of this time; undefined: live, and nothing is loaded. */
export function usePast(at: number | undefined): Past {
  const { rest } = useSession();
  const [fleet] = useState(() => createPastFleet(rest));
  useEffect(() => (at === undefined ? fleet.clear() : fleet.show(at)), [fleet, at]);
  useEffect(() => fleet.clear, [fleet]);
  const status = useSyncExternalStore(fleet.onStatus, fleet.status);
  return { at, status, fleet };
}

/** What is inside shows the fleet of that time, with ages as of then. */
export function ShowPast({ past: { at, fleet }, children }: { past: Past; children: ReactNode }) {
  const session = useSession();
  const liveClock = useClock();
  const isPast = at !== undefined;
  const stores = useMemo(
    () => ({ fleet: fleet.fleet, census: createCensus(fleet.fleet), selection: createSelection(fleet.fleet) }),
    [fleet],
  );
  const shown = useMemo(() => (isPast ? { ...session, ...stores } : session), [session, stores, isPast]);
  return (
    <ShownMoment value={at}>
      <SessionProvider session={shown}>
        <ClockProvider clock={isPast ? fleet.clock : liveClock}>{children}</ClockProvider>
      </SessionProvider>
    </ShownMoment>
  );
}
