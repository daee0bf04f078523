import type { Logger } from 'pino';
import type { Clock } from '../ports/clock.ts';
import type { EmailSettings, SendMail } from '../ports/mail.ts';
import { withTimeout } from '../ports/with-timeout.ts';
import type { Alert } from '../protocol/alerts.ts';
import type { ChannelSettings } from '../protocol/channels.ts';
import { isOfGroup } from './incidents.ts';
import { type Company, reportMail } from './mail.ts';
import { dueAt, lastMonth } from './month.ts';
import type { Reports } from './reports.ts';

/** A channel that gets the reports of months. */
interface Reader {
  id: string;
  settings: ChannelSettings;
  /** In ms since the epoch; what was due earlier is not sent. */
  reportsSince?: number;
  /** The last report: sent, or being sent until then. */
  report?: { month: string; sentAt: number } | { month: string; claimedUntil: number };
}

interface Deps {
  readers: {
    readers(): readonly Reader[];
    /** False if it was sent, or is being sent. */
    claimReport(id: string, month: string, forMs: number): Promise<boolean>;
    reportSent(id: string, month: string): Promise<void>;
  };
  reports: Pick<Reports, 'whole'>;
  company: Company;
  send: SendMail;
  /** One instance of the cluster sends. */
  isLeader(): boolean;
  clock: Clock;
  log: Pick<Logger, 'info' | 'warn'>;
}

/** The clock may be set, and the leader may change. */
const LOOK_MS = 60_000;
const FIRST_LOOK_MS = 2000;
/** The next attempt, after a failure or a restart. */
const CLAIM_MS = 1_800_000;
const GIVE_UP_MS = 7 * 86_400_000;
const STOP_MS = 3000;

/** Mails the report of each month when it is due, once per channel. */
export class ReportMailer {
  readonly #deps: Deps;
  #timer: unknown;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start(): void {
    this.#arm(FIRST_LOOK_MS);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const { clock } = this.#deps;
    clock.clearTimeout(this.#timer);
    await withTimeout(clock, STOP_MS, this.#looking, () => {});
  }

  #arm(ms: number): void {
    if (this.#isStopped) return;
    this.#timer = this.#deps.clock.setTimeout(() => {
      this.#looking = this.#look().finally(() => this.#arm(LOOK_MS));
    }, ms);
  }

  async #look(): Promise<void> {
    const { readers, isLeader, log } = this.#deps;
    for (const reader of readers.readers()) {
      if (this.#isStopped || !isLeader()) return;
      try {
        await this.#serve(reader);
      } catch (err) {
        log.warn({ err, channel: reader.id }, 'cannot send a monthly report; it is tried again');
      }
    }
  }

  async #serve({ id, settings, report, reportsSince = 0 }: Reader): Promise<void> {
    const { readers, reports, company, send, clock, log } = this.#deps;
    if (settings.kind !== 'email' || !settings.enabled || !settings.monthlyReport) return;
    const { timeZone, language } = settings.monthlyReport;
    const now = clock.wall();
    const month = lastMonth(timeZone, now);
    const due = dueAt(timeZone, month);
    if (now < due || now >= due + GIVE_UP_MS || due < reportsSince) return;
    if (report?.month === month && ('sentAt' in report || report.claimedUntil > now)) return;
    if (!(await readers.claimReport(id, month, CLAIM_MS))) return;

    const { groups } = settings;
    const sees = (alert: Alert) => groups === undefined || groups.some((it) => isOfGroup(alert, it));
    const whole = await reports.whole({ month, timeZone, ...(groups && { groups }), sees });
    // A month of UTC, for want of one of the time zone, may end later.
    if (!whole.complete) return;
    const mail = reportMail(whole, company, language, timeZone);
    const answer = await send(settings, { ...mail, messageId: messageIdOf(id, month, settings) });
    await readers.reportSent(id, month);
    log.info({ channel: id, month, answer }, 'monthly report sent');
  }
}

/** The same after a restart. */
const messageIdOf = (id: string, month: string, { from }: EmailSettings) =>
  `<report-${month}.${id}@${from.split('@').at(-1)}>`;
