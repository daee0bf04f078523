import { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { requestId } from 'hono/request-id';
import type { Logger } from 'pino';
import type { Commands, Devices } from '../fleet/api.ts';
import { continueTrace } from '../fleet/command-traces.ts';
import type { Audit } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommandHistory } from '../ports/command-history.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Statistics } from '../ports/statistics.ts';
import { VigiaError } from '../protocol/errors.ts';
import { issuesOf } from '../protocol/schema.ts';
import { PROTOCOL } from '../protocol/version.ts';
import { type AlertDesk, alertRoutes } from './alerts.ts';
import { auditRoutes, type ReadAudit } from './audit.ts';
import { auditRequests, recordForbidden } from './audited.ts';
import { blockRoutes, type DeviceBlocks } from './blocks.ts';
import { type ChannelDesk, channelRoutes } from './channels.ts';
import { commandRoutes } from './commands.ts';
import { type Desired, desiredRoutes } from './desired.ts';
import { type DeviceTokens, deviceRoutes } from './devices.ts';
import { renderDocs } from './docs-page.ts';
import { type HistoryDeps, historyRoutes } from './history.ts';
import { type PairingDesk, pairingOfPlayers, pairingRoutes } from './pairings.ts';
import { type PastReportDeps, pastReportRoutes, pastReportUpload } from './past-reports.ts';
import { periodRoutes } from './periods.ts';
import { linkedPictures, type PictureLinkDeps, pictureLinkRoutes } from './picture-links.ts';
import { type Policies, policyRoutes } from './policies.ts';
import { methodNotAllowed, notFound, problemOf, unsupportedEncoding } from './problem.ts';
import { type ReportDesk, reportRoutes } from './reports.ts';
import { type RolloutDesk, rolloutRoutes } from './rollouts.ts';
import { type ScheduleDesk, scheduleRoutes } from './schedules.ts';
import { type Api, authenticate, type Gate, type HttpEnv, refuseUnsecured } from './secured.ts';
import { currentSession, type SessionDesk, sessionRoutes } from './sessions.ts';
import { type SingleSignOn, SSO_PATHS, singleSignOnRoutes } from './single-sign-on.ts';
import { type SnapshotDeps, snapshotRoutes, uploadRoute } from './snapshots.ts';
import { statsRoutes } from './stats.ts';
import { type Tokens, tokenRoutes } from './tokens.ts';
import { type ViewDesk, viewRoutes } from './views.ts';
import { type WebhookDesk, webhookRoutes } from './webhooks.ts';

export interface HttpDeps {
  devices: Devices;
  commands: Commands;
  tokens: Tokens;
  sessions: SessionDesk;
  singleSignOn?: SingleSignOn | undefined;
  pairings: PairingDesk;
  deviceTokens: DeviceTokens;
  blocks: DeviceBlocks;
  snapshots: SnapshotDeps;
  statistics: Statistics;
  log: Logger;
  metrics: Pick<Metrics, 'authFailure' | 'refused' | 'request'>;
  audit: Audit & ReadAudit;
  history: HistoryDeps['history'];
  keepJournalDays: number;
  keepCommandDays: number;
  past: PastReportDeps['past'];
  signingKey: PictureLinkDeps['signingKey'];
  maxStateBytes: PastReportDeps['maxStateBytes'];
  policies: Policies;
  desired: Desired;
  alerts: AlertDesk;
  channels: ChannelDesk;
  webhooks: WebhookDesk;
  schedules: ScheduleDesk;
  rollouts: RolloutDesk;
  reports: ReportDesk;
  views: ViewDesk;
  commandHistory: CommandHistory;
  clock: Pick<Clock, 'now' | 'wall'>;
  guesses: Gate['guesses'];
  mayAsk: Gate['mayAsk'];
  maxBodyBytes: number;
  /** The server's version, for the OpenAPI document. */
  version: string;
  /** Path prefix behind a reverse proxy; empty for the root. */
  basePath: string;
  /**
   * Allowed CORS origins; empty: same origin only; `*`: any. This is safe, because requests of other origins need a
   * token: credentials are not allowed, so they cannot use the console's cookie (SPEC A10).
   */
  corsOrigins: '*' | readonly string[];
}

/** Routes without authentication. All others need a token with a role. */
const PUBLIC = [
  '/api/v1',
  '/api/v1/session',
  '/api/v1/pairing',
  ...SSO_PATHS,
  '/api/v1/openapi.json',
  '/api/docs',
  '/api/v1/pictures/:id/:what',
];

/** Creates the REST API and its documentation. Serve it with its `fetch`. */
export function createApp(deps: HttpDeps): Api {
  const { log, metrics } = deps;
  const app: Api = new OpenAPIHono<HttpEnv>({ strict: false });

  app.onError((thrown, c) => {
    const { code, response } = problemOf(thrown);
    metrics.refused('rest', code);
    if (code === 'unauthorized') response.headers.set('www-authenticate', 'Bearer realm="vigia"');
    c.set('refusal', code);
    if (code === 'forbidden') {
      const { tokenId, name: tokenName, role } = c.get('identity');
      log.warn({ tokenId, tokenName, role, method: c.req.method, path: c.req.path }, 'forbidden');
      recordForbidden(c);
    }
    if (code === 'internal') {
      log.error(
        { err: thrown, requestId: c.get('requestId'), method: c.req.method, path: c.req.path },
        'request failed',
      );
    }
    return response;
  });
  app.notFound((c) => {
    const allowed = methodsAt(app, c.req.path);
    if (allowed.length > 0) return methodNotAllowed(c.req.method, c.req.path, allowed);
    return notFound(`There is nothing at ${c.req.method} ${c.req.path}.`);
  });

  app.use(
    '/api/*',
    continueTraceOfHeader,
    timed(deps),
    requestId(),
    auditRequests(deps.audit),
    finishHeaders(deps.basePath),
  );
  if (deps.corsOrigins.length > 0) app.use('/api/*', allowOrigins(deps.corsOrigins));

  const document = madeOnce(() => describe(app, deps.version, deps.basePath));
  const docs = madeOnce(() => renderDocs(document()));
  app.use('/api/v1/*', plainly);

  // By this, a client that cannot connect finds out whether the URL is right.
  app.get('/api/v1', (c) => c.json({ server: 'vigia', protocol: PROTOCOL }));
  currentSession(app, deps);
  singleSignOnRoutes(app, deps);
  pairingOfPlayers(app, deps);
  linkedPictures(app, deps);
  app.get('/api/v1/openapi.json', (c) => c.json(document()));
  app.get('/api/docs', (c) => {
    const { csp, html } = docs();
    c.header('Content-Security-Policy', csp);
    return c.html(html);
  });

  // First, because it authenticates players by a device token.
  const uploads = newApi();
  uploadRoute(uploads, deps, limitBody(deps.snapshots.maxBytes));
  pastReportUpload(uploads, { ...deps, ...deps.snapshots }, limitBody(deps.maxBodyBytes));
  app.route('/api/v1', uploads);

  const api = newApi();
  // The order matters: bodies of unauthenticated requests are not read.
  api.use('*', authenticate(deps), limitBody(deps.maxBodyBytes));
  deviceRoutes(api, deps.devices, deps.blocks, deps.deviceTokens, deps);
  pairingRoutes(api, deps);
  blockRoutes(api, deps.devices, deps.blocks);
  historyRoutes(api, deps);
  periodRoutes(api, deps);
  pastReportRoutes(api, deps);
  commandRoutes(api, deps.commands, deps.devices, deps.commandHistory);
  // Before the pictures, whose ids this name would be.
  pictureLinkRoutes(api, deps);
  snapshotRoutes(api, deps.devices, deps.snapshots);
  tokenRoutes(api, deps.tokens, deps.clock);
  sessionRoutes(api, deps);
  desiredRoutes(api, deps);
  scheduleRoutes(api, deps.schedules);
  policyRoutes(api, deps.policies, deps.devices);
  alertRoutes(api, deps.alerts);
  channelRoutes(api, deps.channels);
  webhookRoutes(api, deps.webhooks);
  rolloutRoutes(api, deps.rollouts);
  viewRoutes(api, deps.views);
  auditRoutes(api, deps.audit);
  statsRoutes(api, deps);
  reportRoutes(api, deps.reports);
  app.route('/api/v1', api);

  refuseUnsecured(app, PUBLIC);
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  return app;
}

/** The OpenAPI document. */
export function describe(app: Api, version: string, basePath: string) {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'vigia', version, description: 'Monitors and controls fleets of screens.' },
    servers: [{ url: basePath || '/' }],
    tags: [
      'Devices',
      'History',
      'Commands',
      'Rollouts',
      'Desired',
      'Schedules',
      'Snapshots',
      'Statistics',
      'Reports',
      'Alerts',
      'Webhooks',
      'Views',
      'Tokens',
      'Sessions',
      'Audit',
    ].map((name) => ({
      name,
    })),
  });
}

/** Delays the work until the first call, to keep the start fast. */
function madeOnce<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Refuses repeated query parameters. Bodies are not affected. */
const plainly: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const encoding = c.req.header('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') return unsupportedEncoding(encoding);
  const repeated = Object.entries(c.req.queries()).filter(([, values]) => values.length > 1);
  if (repeated.length > 0) {
    const faults = repeated.map(([path, { length }]) => ({ path, message: `It is given ${length} times.` }));
    throw new VigiaError('invalid_payload', undefined, faults);
  }
  return next();
};

/** Measures every request, including refused ones. */
function timed({ metrics, clock }: Pick<HttpDeps, 'metrics' | 'clock'>): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const begun = clock.now();
    await next();
    metrics.request(c.req.method, Math.floor(c.res.status / 100), (clock.now() - begun) / 1000);
  };
}

/** The methods allowed at a path; `{id}` matches one segment. */
function methodsAt(app: Api, path: string): string[] {
  const pieces = path.split('/');
  const fits = (route: string): boolean => {
    const wanted = route.split('/');
    return wanted.length === pieces.length && wanted.every((it, i) => it === pieces[i] || it.startsWith(':'));
  };
  const methods = app.routes.filter((route) => route.method !== 'ALL' && fits(route.path)).map(({ method }) => method);
  return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
}

const continueTraceOfHeader: MiddlewareHandler<HttpEnv> = (c, next) => continueTrace(c.req.header('traceparent'), next);

function newApi(): Api {
  return new OpenAPIHono<HttpEnv>({
    defaultHook: (result) => {
      if (!result.success) throw new VigiaError('invalid_payload', undefined, issuesOf(result.error));
    },
  });
}

/** Sets default headers on all responses, including refusals. A route's own headers win. */
const finishHeaders =
  (basePath: string): MiddlewareHandler<HttpEnv> =>
  async (c, next) => {
    await next();
    const { headers } = c.res;
    headers.set('X-Request-Id', c.get('requestId'));
    headers.set('X-Content-Type-Options', 'nosniff');
    headers.set('Referrer-Policy', 'no-referrer');
    const location = headers.get('Location');
    if (location?.startsWith('/')) headers.set('Location', basePath + location);
    if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
    if (!headers.has('Content-Security-Policy')) {
      headers.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
    }
  };

function limitBody(maxSize: number): MiddlewareHandler {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new VigiaError('payload_too_large', `A request body may take ${maxSize} bytes.`);
    },
  });
}

function allowOrigins(origins: '*' | readonly string[]): MiddlewareHandler {
  return cors({
    origin: origins === '*' ? '*' : [...origins],
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type', 'If-Match', 'If-None-Match'],
    exposeHeaders: ['ETag', 'Location', 'X-Request-Id'],
    maxAge: 600,
  });
}
