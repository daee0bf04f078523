import type { Logger } from 'pino';
import { Pairings } from '../access/pairings.ts';
import { signInAs } from '../access/player-auth.ts';
import { createRequestRate } from '../access/request-rate.ts';
import { createCommandHistory } from '../adapters/database/command-history.ts';
import type { Alerts } from '../alerts/alerts.ts';
import type { Config } from '../config.ts';
import type { Devices } from '../fleet/api.ts';
import type { CommandDesk } from '../fleet/command-desk.ts';
import { createApp, type HttpDeps } from '../http/app.ts';
import { MAX_BODY_BYTES } from '../http/routes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { SavedViews } from '../views/saved-views.ts';
import type { openAccess } from './access.ts';
import type { picturesPart } from './pictures.ts';
import { singleSignOnOf } from './single-sign-on.ts';
import type { Storage } from './storage.ts';

export interface RestDeps
  extends Pick<HttpDeps, 'desired' | 'schedules' | 'webhooks' | 'rollouts' | 'reports' | 'version'> {
  config: Config;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  storage: Storage;
  access: Awaited<ReturnType<typeof openAccess>>;
  devices: Devices;
  desk: CommandDesk;
  pictures: ReturnType<typeof picturesPart>;
  alerts: Alerts;
}

/** The REST API with all that it serves. */
export function restApi({ config, storage, access, desk, pictures, alerts, ...deps }: RestDeps) {
  const { clock, log, metrics, version, devices, desired, schedules, webhooks, rollouts, reports } = deps;
  const { database, store, audit, history } = storage;
  const { guesses, sessions } = access;
  return createApp({
    ...config,
    devices,
    commands: desk,
    tokens: access.admins,
    sessions,
    singleSignOn: singleSignOnOf(config),
    pairings: new Pairings(store, clock, devices),
    deviceTokens: access.devices,
    blocks: access.blocks,
    snapshots: {
      ...pictures.library,
      take: pictures.take,
      authenticate: signInAs.bind(undefined, access.authenticatePlayer),
      settle: (deviceId, token) => access.playerSignIn.settle({ deviceId, token }),
      maxBytes: config.maxMessageBytes,
    },
    statistics: storage.statistics,
    log,
    metrics,
    audit,
    history,
    past: storage.past,
    signingKey: storage.signingKey,
    policies: alerts.policies,
    desired,
    alerts: alerts.desk,
    channels: alerts.channels,
    schedules,
    webhooks,
    rollouts,
    reports,
    views: new SavedViews(store, clock),
    commandHistory: createCommandHistory(database, log),
    clock,
    guesses,
    mayAsk: createRequestRate(clock),
    maxBodyBytes: MAX_BODY_BYTES,
    version,
  });
}
