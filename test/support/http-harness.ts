import pino from 'pino';
import { createMemoryAuditLog } from '../../src/adapters/memory/audit-log.ts';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import type { Commands, Devices } from '../../src/fleet/api.ts';
import { newDocument } from '../../src/fleet/document.ts';
import { createApp, type HttpDeps } from '../../src/http/app.ts';
import type { TokenInfo, Tokens } from '../../src/http/tokens.ts';
import type { AuditRecord } from '../../src/ports/audit.ts';
import type { StoredRun } from '../../src/ports/schedule-runs.ts';
import type { Statistics, StatisticsQuery } from '../../src/ports/statistics.ts';
import type { Policy } from '../../src/protocol/alerts.ts';
import { type CommandName, type CommandRecord, checkParams } from '../../src/protocol/commands.ts';
import type { SetDesired } from '../../src/protocol/desired.ts';
import type { Blocked, DeviceDocument, VersionedDocument } from '../../src/protocol/document.ts';
import { VigiaError } from '../../src/protocol/errors.ts';
import type { Role } from '../../src/protocol/roles.ts';
import { reportCsv } from '../../src/reports/csv.ts';
import { Reports } from '../../src/reports/reports.ts';
import { SavedViews } from '../../src/views/saved-views.ts';
import { fakeAlerts } from './alert-desk.ts';
import { fakeChannels } from './channel-desk.ts';
import { fakeRollouts } from './rollout-desk.ts';
import { scheduleDesk } from './schedule-desk.ts';
import { fakeWebhooks } from './webhook-desk.ts';

export const AT = '2026-03-01T12:00:00.000Z';

export function deviceDocument(id: string, more: Partial<DeviceDocument> = {}): DeviceDocument {
  return { ...newDocument(id, Date.parse(AT), 30_000), ...more };
}

/** A minimal implementation of the fleet's interface. */
function fakeDevices() {
  const known = new Map<string, VersionedDocument>();
  const find = (id: string): VersionedDocument => {
    const found = known.get(id);
    if (!found) throw new VigiaError('device_unknown');
    return found;
  };
  const devices: Devices = {
    get: (id) => known.get(id),
    all: () => known.values(),
    provision: async ({ id = 'd-new', name = null, group = null, labels = {} }) => {
      if (known.has(id)) throw new VigiaError('conflict');
      known.set(id, { version: 1, document: deviceDocument(id, { name, group, labels }) });
      return { id, token: 'secret-1' };
    },
    edit: async (id, edit, ifVersion) => {
      const { version, document } = find(id);
      if (ifVersion !== undefined && ifVersion !== version) throw new VigiaError('conflict');
      const edited = { version: version + 1, document: { ...document, ...edit } as DeviceDocument };
      known.set(id, edited);
      return edited;
    },
    remove: async (id) => {
      find(id);
      known.delete(id);
    },
    noteBlocked: async (id, blocked) => {
      const { version, document } = find(id);
      const { blocked: _, ...rest } = document;
      const noted = { version: version + 1, document: blocked ? { ...rest, blocked } : rest };
      known.set(id, noted);
      return noted;
    },
    liftRestriction: async (id) => void find(id),
    rotateToken: async (id) => {
      find(id);
      return 'secret-2';
    },
  };
  return { devices, known };
}

function fakeCommands(known: Map<string, VersionedDocument>) {
  const records = new Map<string, CommandRecord>();
  const endings = new Map<string, (record: CommandRecord) => void>();
  const waiting: string[] = [];
  const commands: Commands = {
    send: async (request, by) => {
      const params = checkParams(request.command, request.params);
      const ids = request.deviceId ? [request.deviceId] : (request.deviceIds ?? [...known.keys()]);
      if (request.deviceId && !known.has(request.deviceId)) throw new VigiaError('device_unknown');
      return ids.map((deviceId, i) => {
        const commandId = request.commandId ?? `c-${records.size + i}`;
        if (!known.has(deviceId)) {
          const error = { code: 'device_unknown', message: 'There is no such device.' };
          return { commandId, deviceId, status: 'undelivered' as const, error };
        }
        records.set(commandId, {
          commandId,
          deviceId,
          command: request.command as CommandName,
          params,
          status: 'sent',
          attempts: 1,
          requestedBy: by.name,
          requestedAt: AT,
          deadlineAt: null,
        });
        return { commandId, deviceId, status: 'sent' as const };
      });
    },
    get: async (commandId) => records.get(commandId),
    list: (deviceId) => [...records.values()].filter((record) => record.deviceId === deviceId).reverse(),
    cancel: async () => 'cancelled',
    ended: (commandId) => {
      waiting.push(commandId);
      return new Promise((resolve) => endings.set(commandId, resolve));
    },
  };
  /** Ends a command and resolves its waiters. */
  const end = (commandId: string, status: CommandRecord['status']): void => {
    const record = records.get(commandId);
    if (record) endings.get(commandId)?.({ ...record, status, endedAt: AT });
  };
  return { commands, end, waiting };
}

function fakeTokens() {
  const list = new Map<string, TokenInfo & { hash: string }>();
  const tokens: Tokens = {
    // The token of a role is the role's name; `admin@lobby` is limited to that group.
    verify: (token) => {
      const [role = '', ...groups] = token.split('@');
      if (!['viewer', 'operator', 'admin'].includes(role)) return undefined;
      const identity = { tokenId: `id-${token}`, name: token, role: role as Role };
      return groups.length > 0 ? { ...identity, groups } : identity;
    },
    create: async (wanted) => {
      const made = { id: `t-${list.size}`, ...wanted, createdAt: AT, hash: 'never-shown' };
      list.set(made.id, made);
      return { ...made, token: 'va_once' };
    },
    exchange: (by) => ({ token: 'vx_short', is: { ...by, expiresAt: Date.parse(AT) } }),
    signInUser: async (subject, wanted) => ({ tokenId: `id-${subject}`, ...wanted }),
    list: () => [...list.values()],
    remove: async (id) => list.delete(id),
  };
  return tokens;
}

/** The secret of the one session, which is the admin's. */
export const SESSION = `vs_${'s'.repeat(43)}`;

function fakeSessions(): HttpDeps['sessions'] {
  const admin = { name: 'admin', role: 'admin' as const, tokenId: 'id-admin' };
  const session = { id: 's-1', tokenId: 'id-admin', createdAt: AT, expiresAt: AT, address: '', userAgent: '' };
  let isOpen = true;
  return {
    verify: (secret) => (isOpen && secret === SESSION ? { ...admin, sessionId: session.id } : undefined),
    settle: () => undefined,
    open: async () => ({ ...session, secret: SESSION }),
    list: (tokenId) => (isOpen && (tokenId ?? 'id-admin') === 'id-admin' ? [{ ...session, ...admin }] : []),
    end: async (id, tokenId) => {
      const isFound = isOpen && id === session.id && (tokenId ?? 'id-admin') === 'id-admin';
      if (isFound) isOpen = false;
      return isFound;
    },
  };
}

/** One player waits, with the code `K7P-M4X`. */
function fakePairings(): HttpDeps['pairings'] {
  let isApproved = false;
  const pairing = { code: 'K7P-M4X', address: '192.0.2.9', startedAt: AT, expiresAt: AT };
  const find = async (code: string) => (code === 'K7P-M4X' && !isApproved ? pairing : undefined);
  return {
    start: async () => ({ code: 'K7P-M4X', secret: 'vc_secret', expiresAt: AT }),
    ask: async (_, secret) =>
      secret !== 'vc_secret'
        ? undefined
        : isApproved
          ? { status: 'paired', deviceId: 'd-new', token: 'vd_secret' }
          : { status: 'waiting', expiresAt: AT },
    find,
    approve: async (code) => {
      if (!(await find(code))) return undefined;
      isApproved = true;
      return { deviceId: 'd-new' };
    },
  };
}

function fakeBlocks(): HttpDeps['blocks'] {
  const blocks = new Map<string, Blocked>();
  return {
    get: (id) => blocks.get(id),
    list: () => [...blocks].map(([id, blocked]) => ({ id, ...blocked })).sort((a, b) => (a.id < b.id ? -1 : 1)),
    add: async (id, by, reason) => {
      const blocked = { since: AT, by, ...(reason !== undefined && { reason }) };
      blocks.set(id, blocked);
      return blocked;
    },
    remove: async (id) => blocks.delete(id),
  };
}

function fakeDesired(): HttpDeps['desired'] {
  const states = new Map<string, SetDesired>();
  return {
    get: (scope) => states.get(scope),
    of: ({ id, group }) => {
      const found = (['device', 'group', 'all'] as const).map((source) => ({
        source,
        target: states.get(source === 'all' ? source : `${source}:${source === 'device' ? id : group}`),
      }));
      return found.find((it): it is { source: 'device'; target: SetDesired } => it.target !== undefined);
    },
    set: async (scope, state) => {
      if (state) states.set(scope, state);
      else states.delete(scope);
    },
  };
}

function fakePolicies(): HttpDeps['policies'] {
  const policies = new Map<string, Policy>();
  return {
    get: (scope) => policies.get(scope),
    all: () => [...policies].map(([scope, policy]) => ({ scope: scope as 'default', policy })),
    set: async (scope, policy) => {
      if (policy) policies.set(scope, policy);
      else policies.delete(scope);
    },
  };
}

/** Contains no screenshots and accepts none. */
function noSnapshots(): HttpDeps['snapshots'] {
  return {
    take: () => Promise.reject(new VigiaError('unavailable')),
    list: async () => [],
    deviceOf: async () => undefined,
    read: async () => undefined,
    authenticate: () => undefined,
    settle: () => undefined,
    maxBytes: 10_000,
  };
}

/** Records queries, and knows a single device. */
function fakeStatistics(asked: StatisticsQuery[]): Statistics {
  const none = {
    uptime: { onlineMs: 0, reconnectingMs: 0, offlineMs: 0, share: null },
    disconnections: { count: 0, reasons: {} },
    onAir: { yesMs: 0, noMs: 0, unknownMs: 0, share: null },
    commands: { count: 0, byStatus: {}, meanMs: null, p50Ms: null, p95Ms: null, maxMs: null },
  };
  return {
    periodsOf: async () => [],
    summarize: async (query) => {
      asked.push(query);
      const devices = [{ deviceId: 'd1', ...none, playback: [] }];
      return { total: { devices: 1, ...none, playback: [] }, days: [], groups: [], devices, more: query.limit === 1 };
    },
  };
}

/** The HTTP app with fake dependencies; records logs and metrics. */
export function createHarness(change: Partial<Omit<HttpDeps, 'audit'>> = {}) {
  const log: string[] = [];
  const counted: string[] = [];
  const audited: AuditRecord[] = [];
  const auditLog = createMemoryAuditLog();
  const asked: StatisticsQuery[] = [];
  const { devices, known } = fakeDevices();
  const runs: StoredRun[] = [];
  const { commands, end, waiting } = fakeCommands(known);
  const clock = { now: () => Date.parse(AT), wall: (at = Date.parse(AT)) => at };
  const reports = new Reports({
    ...{ statistics: fakeStatistics(asked), alerts: { list: async () => [] }, devices, clock, log: { warn: () => {} } },
    keepCommandDays: 90,
  });
  const app = createApp({
    devices,
    commands,
    tokens: fakeTokens(),
    sessions: fakeSessions(),
    pairings: fakePairings(),
    deviceTokens: { remove: async () => true },
    blocks: fakeBlocks(),
    snapshots: noSnapshots(),
    statistics: fakeStatistics(asked),
    log: pino({ level: 'info' }, { write: (line: string) => void log.push(line) }),
    metrics: {
      authFailure: (audience, reason) => counted.push(`authFailure ${audience} ${reason}`),
      refused: (audience, code) => counted.push(`refused ${audience} ${code}`),
      request: () => {},
    },
    audit: { record: (record) => void audited.push(record), read: auditLog.read },
    history: {
      stateAt: async () => undefined,
      changes: async () => ({ changes: [], more: false }),
      fleetAt: async ({ at, sees = () => true }) => ({
        devices: [...known].filter(([id]) => sees(id)).map(([deviceId, it]) => ({ deviceId, since: at, ...it })),
      }),
    },
    keepJournalDays: 30,
    keepCommandDays: 90,
    past: { add: async () => {}, list: async () => [] },
    maxStateBytes: 262_144,
    signingKey: new Uint8Array(32),
    commandHistory: { ofDevice: async () => [] },
    clock: { now: () => Date.parse(AT), wall: (at = Date.parse(AT)) => at },
    guesses: { attempt: (_address, _token, check) => check() },
    mayAsk: () => true,
    policies: fakePolicies(),
    desired: fakeDesired(),
    webhooks: fakeWebhooks(),
    schedules: scheduleDesk(known, runs),
    reports: {
      company: { name: 'Tiendas' },
      lastMonth: () => '2026-02',
      month: reports.month.bind(reports),
      csv: async (query, table, locale) => reportCsv(await reports.whole(query), table, locale),
    },
    rollouts: fakeRollouts(),
    views: new SavedViews(createMemoryStateStore(), { wall: () => Date.parse(AT) }),
    alerts: fakeAlerts(),
    channels: fakeChannels(),
    maxBodyBytes: 10_000,
    version: '1.2.3',
    corsOrigins: [],
    basePath: '',
    ...change,
  });

  const call = async (method: string, path: string, options: CallOptions = {}): Promise<Answer> => {
    const { as = 'admin', body, headers = {}, signal } = options;
    const init = {
      method,
      headers: {
        ...(as && { authorization: `Bearer ${as}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    };
    return app.request(path.startsWith('/api') ? path : `/api/v1${path}`, init, { address: '192.0.2.1' });
  };
  const add = (id: string, more: Partial<DeviceDocument> = {}, version = 1): void => {
    known.set(id, { version, document: deviceDocument(id, more) });
  };
  return { app, call, add, known, end, waiting, log, counted, audited, auditLog, asked, runs };
}

/** Tests read bodies without declaring their types. */
// biome-ignore lint/suspicious/noExplicitAny: the assertions define its shape
type Answer = Omit<Response, 'json'> & { json(): Promise<any> };

interface CallOptions {
  /** A role, another token, or null for none. */
  as?: string | undefined | null;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}
