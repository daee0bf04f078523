import { createActor } from 'xstate';
import { type CommandSpec, commandMachine } from '../../machines/command.ts';
import type { DeviceEvent, DeviceInput, deviceMachine } from '../../machines/device.ts';
import type { Observation } from '../../machines/observation.ts';
import type { Session } from '../../machines/rivals.ts';
import { specOf } from './commands.ts';
import type { Asked } from './pure-life.ts';
import { steppedClock } from './stepped-clock.ts';

export function deviceInputOf(given: Partial<DeviceInput> = {}): DeviceInput {
  return {
    deviceId: 'd1',
    graceMs: 15_000,
    link: 'offline',
    commands: [],
    ...given,
  };
}

export const sessionOf = (id: string, mac = 'one', address = '192.0.2.1'): Session => ({
  id,
  address,
  macs: mac === '' ? [] : [mac],
});

/** A device and its commands as running actors in simulated time, which records their effects. */
export function deviceLife(machine: typeof deviceMachine, given: Partial<DeviceInput> = {}) {
  const clock = steppedClock();
  let log: Asked[] = [];
  const ask = (effect: string) => (_: unknown, params?: unknown) => {
    log.push(params === undefined ? [effect] : [effect, params]);
  };
  /** Effects of commands include the command's id. */
  const askOf =
    (effect: string) =>
    ({ context }: { context: { spec: CommandSpec } }, params?: unknown) => {
      const named = `${context.spec.commandId} ${effect}`;
      log.push(params === undefined ? [named] : [named, params]);
    };
  const command = commandMachine.provide({
    actions: {
      note: askOf('note'),
      transmit: askOf('transmit'),
      askState: askOf('askState'),
      noteVerdict: askOf('noteVerdict'),
    },
  });
  const actor = createActor(
    machine.provide({
      actors: { command },
      actions: {
        noteConnection: ask('noteConnection'),
        noteReport: ask('noteReport'),
        noteConflict: ask('noteConflict'),
        noteEnding: ask('noteEnding'),
        endSession: ask('endSession'),
        probe: ask('probe'),
        recall: ask('recall'),
        askState: ask('askState'),
      },
    }),
    { clock, input: deviceInputOf(given) },
  );
  actor.start();

  return {
    actor,
    clock,
    get state() {
      return actor.getSnapshot().value;
    },
    get queue() {
      return actor.getSnapshot().context.queue.map((it) => it.id);
    },
    /** The effects since the last call; `fits` selects some of them. */
    asked(fits: (effect: string) => boolean = () => true): Asked[] {
      const asked = log;
      log = [];
      return asked.filter(([effect]) => fits(effect));
    },
    send: (event: DeviceEvent) => actor.send(event),
    advance: clock.advance,
    register(id: string, mac = 'one') {
      actor.send({ type: 'REGISTERED', session: sessionOf(id, mac) });
    },
    lose(sessionId: string) {
      actor.send({ type: 'DISCONNECTED', sessionId, reason: 'transport close' });
    },
    command(commandId: string, given: Partial<CommandSpec> = {}, baseline: Observation | null = null) {
      actor.send({ type: 'COMMAND', spec: specOf({ commandId, ...given }), baseline });
    },
    answer(commandId: string) {
      actor.send({ type: 'RESPONSE', commandId, status: 'success' });
    },
    /** A measurement that proves something; with null, a report that proves nothing. */
    report(seen: Observation | null, sinceArrivalMs = 0) {
      actor.send({ type: 'REPORTED', isOld: false, proof: seen && { seen, sinceArrivalMs } });
    },
  };
}
