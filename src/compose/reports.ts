import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { createAlertLog } from '../adapters/database/alert-log.ts';
import { createSendMail } from '../adapters/notifiers/email.ts';
import type { Guard } from '../adapters/notifiers/guard.ts';
import type { Alerts } from '../alerts/alerts.ts';
import type { Config } from '../config.ts';
import type { Devices } from '../fleet/api.ts';
import type { Clock } from '../ports/clock.ts';
import { imageType } from '../ports/image-type.ts';
import { leads } from '../ports/leads.ts';
import { reportCsv } from '../reports/csv.ts';
import type { Company } from '../reports/mail.ts';
import { ReportMailer } from '../reports/mailer.ts';
import { lastMonth } from '../reports/month.ts';
import { Reports } from '../reports/reports.ts';
import type { Storage } from './storage.ts';

interface Deps {
  config: Config;
  clock: Clock;
  log: Logger;
  storage: Storage;
  devices: Pick<Devices, 'get'>;
  alerts: Alerts;
  /** Where nothing may be sent. */
  guard: Guard;
  share: { nodes(): readonly string[] };
}

/** The reports of months. In a cluster, the instance with the first name mails them. */
export function openReports({ config, clock, log, storage, devices, alerts, guard, share }: Deps) {
  const { database, statistics } = storage;
  const reports = new Reports({
    ...{ statistics, alerts: createAlertLog(database), devices, keepCommandDays: config.keepCommandDays, clock, log },
  });
  const company: Company = { name: config.companyName, logo: logoIn(config.companyLogoFile) };
  const mailer = new ReportMailer({
    ...{ readers: alerts.channels, reports, company, clock, log },
    send: createSendMail(guard),
    isLeader: () => leads(config.nodeId, share.nodes()),
  });
  return {
    desk: {
      company,
      month: reports.month.bind(reports),
      lastMonth: (timeZone: string) => lastMonth(timeZone, clock.wall()),
      csv: async (query: Parameters<Reports['whole']>[0], table: Parameters<typeof reportCsv>[1], locale: string) =>
        reportCsv(await reports.whole(query), table, locale),
    },
    start: () => mailer.start(),
    stop: () => mailer.stop(),
  };
}

function logoIn(path: string | undefined): Company['logo'] {
  if (path === undefined) return undefined;
  const bytes = readFileSync(path);
  return { type: imageType(bytes) as string, bytes };
}
