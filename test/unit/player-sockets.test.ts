import pino from 'pino';
import { expect, test } from 'vitest';
import { DeviceBudgets } from '../../src/gateway/budgets.ts';
import { Player } from '../../src/gateway/players.ts';
import { ReportCoalescer } from '../../src/gateway/report-coalescer.ts';
import { WorkQueue } from '../../src/gateway/work-queue.ts';
import { deferred } from '../support/deferred.ts';
import { openHarness } from '../support/harness.ts';
import { noMetrics } from '../support/no-metrics.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

type Listener = (event: string, ...args: unknown[]) => void;

/** Player sockets at one server, whose messages can be delayed. */
async function serve() {
  const clock = simulatedClock();
  const harness = await openHarness({ clock });
  const nothing = () => {};
  let lease: Promise<void> | undefined;
  const settings = { stateIntervalMs: 30_000, maxStateBytes: 262_144, playerRate: 50, playerBurst: 500 };
  const queue = new WorkQueue({ now: () => 0 });
  const deps = {
    fleet: harness.fleet,
    blocks: { get: () => undefined },
    mayBe: () => undefined,
    clock,
    log: pino({ level: 'silent' }),
    metrics: noMetrics(),
    audit: { record: nothing },
    settings,
    ingest: { queue, coalescer: new ReportCoalescer({ size: 0 }, clock, nothing), checkLease: () => lease },
    budgets: new DeviceBudgets({ clock, settings, restricted: nothing, addressRestricted: nothing }),
    enrolment: { check: nothing },
    heartbeats: { request: (connection: { write(packet: string): void }, packet: string) => connection.write(packet) },
    isDraining: () => false,
    pictures: { refresh: () => undefined, named: nothing },
  };
  const connect = (id: string) => {
    let received: Listener = nothing;
    const heard: string[] = [];
    const socket = {
      id,
      data: { deviceId: 'd' },
      handshake: { address: '192.0.2.1', query: {} },
      client: { decoder: {} },
      conn: { on: nothing, off: nothing, close: nothing, sendPacket: nothing, write: nothing },
      onAny: (listener: Listener) => {
        received = listener;
      },
      on: nothing,
      once: nothing,
      emit: (event: string, { code = '' }: { code?: string } = {}) => void heard.push(`${event} ${code}`.trim()),
      disconnect: nothing,
    };
    new Player(socket as never, deps as never).listen(nothing);
    return { heard, say: (event: string, payload: object) => received(event, payload) };
  };
  /** Messages wait until the returned function is called. */
  const hold = () => {
    const { promise, resolve } = deferred<void>();
    lease = promise;
    return async () => {
      lease = undefined;
      resolve();
      await clock.advance(0);
    };
  };
  return { harness, clock, connect, hold };
}

test('P8 reports of a replaced session, including waiting ones, do not count for its successor', async () => {
  const { harness, connect, hold, clock } = await serve();
  const item = () => harness.fleet.get('d')?.document.playback.item;
  const first = connect('1');
  first.say('player:register', { deviceId: 'd' });
  first.say('player:state', { vlc: { state: 'playing', item: 'one.mp4' } });
  await clock.advance(0);
  expect(item()).toBe('one.mp4');
  const release = hold();
  first.say('player:state', { vlc: { state: 'playing', item: 'two.mp4' } });
  // The same machine reconnects before it is processed.
  harness.fleet.enrol('d').register(
    {
      ...(harness.fleet.find('d')?.session as object),
      id: 'new',
      address: '192.0.2.1',
      macs: [],
      askState: () => {},
    } as never,
    {} as never,
  );
  expect(first.heard).toContain('player:error session_replaced');
  await release();
  expect(item()).toBe('one.mp4');
});

test('P3 waiting reports are processed in order if nothing arrived in between', async () => {
  const { harness, connect, hold, clock } = await serve();
  const first = connect('1');
  first.say('player:register', { deviceId: 'd' });
  await clock.advance(0);
  const release = hold();
  for (const item of ['one.mp4', 'two.mp4']) first.say('player:state', { vlc: { state: 'playing', item } });
  expect(harness.fleet.get('d')?.document.playback.item).toBeNull();
  await release();
  expect(harness.fleet.get('d')?.document.playback.item).toBe('two.mp4');
});
