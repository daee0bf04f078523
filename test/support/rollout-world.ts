import pino from 'pino';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { newDocument } from '../../src/fleet/document.ts';
import type { AuditRecord } from '../../src/ports/audit.ts';
import type { StoredRollout, StoredTarget } from '../../src/ports/rollouts.ts';
import type { StateStore } from '../../src/ports/state-store.ts';
import type { Identity } from '../../src/protocol/admin.ts';
import type { CommandRecord } from '../../src/protocol/commands.ts';
import type { DeclaredCommand } from '../../src/protocol/declared-commands.ts';
import type { ConnectionStatus, DeviceDocument, VersionedDocument } from '../../src/protocol/document.ts';
import { VigiaError } from '../../src/protocol/errors.ts';
import { NewRollout, type Rollout } from '../../src/protocol/rollouts.ts';
import { Rollouts } from '../../src/rollouts/rollouts.ts';
import { simulatedClock } from './simulated-clock.ts';

export const ana: Identity = { tokenId: 't1', name: 'ana', role: 'operator' };

/** A device's reaction to the command: its answer, the delay, and its connection afterwards. */
export interface Deed {
  status: 'success' | 'error' | 'timeout' | 'undelivered' | 'refused';
  alreadySo?: true;
  afterMs: number;
  /** It is gone for good, so long after its answer. */
  vanishesAfterMs?: number;
}

const GRACE_MS = 15_000;

/**
 * Rollouts over simulated devices with scripted behaviour, on a store with slow writes. The commands known
 * and what devices do outlives the process, as the ledger's records and the devices do.
 */
export function openRolloutWorld(
  ids: readonly string[],
  deedOf: (id: string) => Deed,
  {
    writeMs = 5,
    readMs = 0,
    online = () => true,
    isShared = false,
  }: { writeMs?: number; readMs?: number; online?: (id: string) => boolean; isShared?: boolean } = {},
) {
  const clock = simulatedClock();
  const memory = createMemoryStateStore();
  const devices = new Map<string, VersionedDocument>();
  const at = clock.wall();
  const become = (id: string, status: ConnectionStatus) => {
    const document = devices.get(id)?.document ?? newDocument(id, at, 30_000);
    const { reason: _, ...connection } = document.connection;
    devices.set(id, { version: 1, document: { ...document, connection: { ...connection, status } } as DeviceDocument });
    if (status === 'online') queued.get(id)?.();
    if (status === 'online') queued.delete(id);
  };
  /** What leaves as soon as its device is back. */
  const queued = new Map<string, () => void>();
  /** How often a device was looked at. */
  let looks = 0;
  for (const id of ids) become(id, online(id) ? 'online' : 'offline');

  /** How often each device was sent it. */
  const sent = new Map<string, number>();
  const records = new Map<string, CommandRecord>();
  const waiting = new Map<string, ((record: CommandRecord) => void)[]>();
  /** A database fault: a write of one of these takes longer than every timeout, and is done later. */
  const slow = new Set<Parameters<StateStore['put']>[0]>();
  const audited: AuditRecord[] = [];
  const told: string[] = [];
  /** Removed, or expired. */
  const goneTokens = new Set<string>();

  function end(record: CommandRecord): void {
    const { commandId } = record;
    const ended: CommandRecord = { ...record, deadlineAt: null, endedAt: new Date(clock.wall()).toISOString() };
    records.set(commandId, ended);
    for (const resolve of waiting.get(commandId) ?? []) resolve(ended);
    waiting.delete(commandId);
  }

  function send(commandId: string, deviceId: string, command: string): void {
    const requestedAt = new Date(clock.wall()).toISOString();
    const begun = { commandId, deviceId, command, params: {}, attempts: 1, requestedBy: 'ana', requestedAt };
    const where = devices.get(deviceId)?.document.connection.status;
    const deed: Deed = where === 'offline' ? { status: 'undelivered', afterMs: 0 } : deedOf(deviceId);
    const { status, alreadySo, afterMs, vanishesAfterMs } = deed;
    if (status === 'refused') throw new VigiaError('queue_full');
    const leave = () => {
      if (records.get(commandId)?.endedAt) return;
      records.set(commandId, { ...begun, status: 'sent', deadlineAt: null });
      if (status !== 'undelivered' && !alreadySo) sent.set(deviceId, (sent.get(deviceId) ?? 0) + 1);
      clock.setTimeout(() => {
        end({ ...begun, status, deadlineAt: null, ...(alreadySo && { alreadySo }) });
        if (vanishesAfterMs === undefined) return;
        clock.setTimeout(() => become(deviceId, 'reconnecting'), vanishesAfterMs);
        clock.setTimeout(() => become(deviceId, 'offline'), vanishesAfterMs + GRACE_MS);
      }, afterMs);
    };
    records.set(commandId, { ...begun, status: 'queued', deadlineAt: null });
    if (where === 'reconnecting') queued.set(deviceId, leave);
    else leave();
  }

  async function open() {
    const life = clock.life();
    let isDead = false;
    const never = new Promise<never>(() => {});
    let buffer: Parameters<StateStore['put']>[] = [];
    const flush = () => {
      for (const put of buffer) memory.put(...put);
      buffer = [];
    };
    const store: StateStore = {
      ...memory,
      async load<T>(collection: Parameters<StateStore['put']>[0]) {
        const rows = await memory.load<T>(collection);
        if (readMs > 0) await new Promise<void>((resolve) => void life.clock.setTimeout(() => resolve(), readMs));
        return rows;
      },
      put(...put) {
        if (!isDead) buffer.push(put);
      },
      async committed() {
        await new Promise<void>((resolve) => void life.clock.setTimeout(() => resolve(), writeMs));
        if (buffer.some(([collection]) => slow.has(collection))) throw new Error('The database is slow.');
        flush();
        await memory.committed();
      },
    };
    const background = () => {
      flush();
      life.clock.setTimeout(background, 250);
    };
    background();
    const targetsOf = async (rolloutId: string) =>
      [...(await memory.load<StoredTarget>('rollout-targets')).values()]
        .filter((it) => it.rolloutId === rolloutId)
        .sort((a, b) => a.position - b.position);
    const rollouts = new Rollouts({
      commands: {
        send: async ({ commandId = '', deviceId = '', command }) => {
          if (isDead) return never;
          if (!records.has(commandId)) send(commandId, deviceId, command);
          return [{ commandId, deviceId, status: 'sent' }];
        },
        cancel: async (commandId) => {
          const record = records.get(commandId);
          if (!isDead && record?.status === 'queued') end({ ...record, status: 'cancelled' });
        },
        get: async (commandId) => (isDead ? never : records.get(commandId)),
        ended: (commandId) => {
          const record = records.get(commandId);
          if (isDead || !record) return never;
          if (record.endedAt) return Promise.resolve(record);
          return new Promise((resolve) => {
            const ours = (ended: CommandRecord) => void (isDead || resolve(ended));
            waiting.set(commandId, [...(waiting.get(commandId) ?? []), ours]);
          });
        },
      },
      identity: (tokenId) => (goneTokens.has(tokenId) ? undefined : { ...ana, tokenId }),
      fleet: {
        all: () => devices.values(),
        get(id) {
          looks++;
          return devices.get(id);
        },
      },
      history: {
        list: async ({ limit }) =>
          [...(await memory.load<StoredRollout>('rollouts')).values()]
            .sort((a, b) => (a.document.id < b.document.id ? 1 : -1))
            .slice(0, limit),
        targets: async ({ rolloutId, outcome, after = -1, limit }) =>
          (await targetsOf(rolloutId))
            .filter((it) => it.position > after && (outcome === undefined || it.outcome === outcome))
            .slice(0, limit),
      },
      node: 'n1',
      share: { nodes: () => ['n1'], isShared },
      audit: { record: (entry) => void audited.push(entry) },
      store,
      clock: life.clock,
      log: pino({ level: 'silent' }),
      intervalMs: 100,
      statusChanged: (type) => void told.push(type),
    });
    await rollouts.start();
    return {
      rollouts,
      kill() {
        isDead = true;
        life.end();
      },
    };
  }

  let process: Awaited<ReturnType<typeof open>> | undefined;
  /** The result of a request, once the event that it waits for has happened. */
  async function answer<T>(asked: Promise<T>): Promise<T> {
    let result: { value: T } | { error: unknown } | undefined;
    asked.then(
      (value) => {
        result = { value };
      },
      (error: unknown) => {
        result = { error };
      },
    );
    while (!result) await clock.advance(1);
    if ('error' in result) throw result.error;
    return result.value;
  }

  return {
    clock,
    sent,
    audited,
    told,
    memory,
    slow,
    goneTokens,
    become,
    declare(id: string, command: DeclaredCommand) {
      const known = devices.get(id);
      if (!known) return;
      const capabilities = { ...known.document.capabilities, commands: [command] };
      devices.set(id, { ...known, document: { ...known.document, capabilities } });
    },
    answer,
    get looks() {
      return looks;
    },
    get rollouts() {
      if (!process) throw new Error('It is not running.');
      return process.rollouts;
    },
    async start() {
      process = await answer(open());
    },
    kill() {
      process?.kill();
      process = undefined;
    },
    async create(wanted: Partial<NewRollout> & Pick<NewRollout, 'command'>): Promise<string> {
      const { document } = await answer(this.rollouts.create(NewRollout.parse({ all: true, ...wanted }), ana));
      return document.id;
    },
    async show(id: string): Promise<Rollout> {
      const found = await answer(this.rollouts.get(id));
      if (!found) throw new Error(`There is no rollout ${id}.`);
      return found.document;
    },
    async until(id: string, fits: (rollout: Rollout) => boolean, mostMs = 3600_000): Promise<Rollout> {
      for (const end = clock.now() + mostMs; clock.now() < end; await clock.advance(200)) {
        const rollout = await this.show(id);
        if (fits(rollout)) return rollout;
      }
      throw new Error(`It has not come so far: ${JSON.stringify(await this.show(id))}`);
    },
  };
}
