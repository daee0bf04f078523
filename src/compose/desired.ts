import { createCalendar } from '../desired/calendar.ts';
import { DesiredStates } from '../desired/desired-states.ts';
import type { CommandDesk } from '../fleet/command-desk.ts';
import type { ChangeListener, Fleet } from '../fleet/fleet.ts';
import { KEEPER, Keepers } from '../fleet/keepers.ts';
import type { Audit } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import { LocalTime } from '../ports/local-time.ts';
import { repeat } from '../ports/repeat.ts';
import type { StateStore } from '../ports/state-store.ts';
import { VigiaError } from '../protocol/errors.ts';

/** Changes reach the other instances within this time. */
const RELOAD_MS = 2000;

interface Deps {
  fleet: Fleet;
  desk: Pick<CommandDesk, 'send' | 'ended'>;
  store: StateStore;
  clock: Clock;
  audit: Audit;
  policies: Parameters<typeof createCalendar>[0];
  /** True if other instances write desired states, too. */
  isShared: boolean;
}

/** The desired states, and the keepers that enforce them. */
export function openDesired({ fleet, desk, store, clock, audit, policies, isShared }: Deps) {
  const states = new DesiredStates(store, (scope) =>
    scope?.startsWith('device:') ? keepers.look(scope.slice('device:'.length)) : keepers.changed(),
  );
  const keepers = new Keepers({
    fleet,
    clock,
    desiredOf: (document) => states.of(document),
    situation: createCalendar(policies, new LocalTime()),
    // No retries: the keeper decides by the next report whether to send the command again.
    order: async (deviceId, command) => {
      const facts = { actor: KEEPER.name, kind: 'command.sent', deviceId };
      try {
        const [summary] = await desk.send({ deviceId, command, retries: 0 }, KEEPER);
        const commandId = summary?.commandId as string;
        audit.record({ ...facts, outcome: 'ok', details: { command, commandId, devices: 1 } });
        const { status, message } = await desk.ended(commandId);
        return message === undefined ? status : `${status}: ${message}`.slice(0, MAX_ENDING);
      } catch (error) {
        const outcome = error instanceof VigiaError ? error.code : 'internal';
        audit.record({ ...facts, outcome, details: { command } });
        return outcome;
      }
    },
  });
  const changed: ChangeListener = (update, after, before) => {
    keepers.deviceChanged(update, after, before);
    const scope = `device:${update.deviceId}` as const;
    // A new device with this id must not inherit the state.
    if ('deleted' in update && states.get(scope)) states.set(scope, undefined).catch(() => {});
  };
  let stopReloads = () => {};

  return {
    states,
    /** Call this for changes of devices that this instance owns. */
    changed,
    adopted: (deviceId: string) => keepers.lookSoon(deviceId),
    async start(): Promise<void> {
      await states.load();
      keepers.start();
      if (isShared) stopReloads = repeat(clock, RELOAD_MS, () => void states.load().catch(() => {}));
    },
    stop(): void {
      stopReloads();
      keepers.stop();
    },
  };
}

const MAX_ENDING = 200;
