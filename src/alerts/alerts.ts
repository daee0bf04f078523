import { timeZone } from '../../machines/reading.ts';
import { leads } from '../ports/leads.ts';
import { LocalTime } from '../ports/local-time.ts';
import { repeat } from '../ports/repeat.ts';
import { type Alert, type AlertEnding, type AlertName, alerts as all, stateOf } from '../protocol/alerts.ts';
import type { DeviceDocument, VersionedDocument } from '../protocol/document.ts';
import type { AlertStore } from './alert-store.ts';
import type { DeviceEvents } from './device-events.ts';
import { Hysteresis } from './hysteresis.ts';
import { MIN_DEVICES, Sites } from './incidents.ts';
import { byWhen, type Lost } from './lost.ts';
import { Moments } from './moments.ts';
import { FLEET, findNotReturned, GIVE_UP_MS, notReturnedSummary } from './not-returned.ts';
import { alertParts, type PartsDeps } from './parts.ts';
import { detailsOf, type Finding, isActivated, isWell, judge, limitsOf, recoveries, summaryOf } from './rules.ts';

/** Faults of the server itself. */
const serverAlerts = {
  server_database_lost: 'the database cannot be written',
  server_disk_full: 'the disk with the data is nearly full',
  fleet_full: 'new devices are refused: the fleet is full (MAX_DEVICES), or one address brings too many at a time',
} as const;

/** Assigns each alert to one instance of a cluster. */
export interface Share {
  /** Where the device is owned: by this instance, by another live instance, or by none. */
  holder(deviceId: string): 'us' | 'other' | 'nobody';
  /** Names of the live instances. */
  nodes(): readonly string[];
  /** True if other instances write alerts, too. */
  isShared: boolean;
}

export interface AlertsDeps extends PartsDeps {
  /** The devices of all instances. */
  devices: { get(id: string): VersionedDocument | undefined; all(): Iterable<VersionedDocument> };
  /** Ids of devices whose documents changed. Each tick empties it. */
  changed: Set<string>;
  /** Facts about devices that their documents do not contain. */
  events: DeviceEvents;
  share: Share;
  node: string;
  /** Which faults this instance has now. */
  faults: () => Record<keyof typeof serverAlerts, boolean>;
  /** How long a lost device counts as reconnecting, in ms. */
  graceMs: number;
  /** Called when an alert was opened or resolved. */
  alertChanged?: (alert: Alert) => void;
}

const TICK_MS = 5000;
const SOON_MS = 1000;
/** No device alerts for this many grace periods after a start: devices reconnect at different times. */
const QUIET_GRACES = 4;
/** Caused by the device, so not an effect of the restart. */
const NEVER_QUIET: ReadonlySet<AlertName> = new Set<AlertName>(['device_restricted', 'device_conflict']);
/** Short faults of an instance are not reported. */
const FAULT_FOR_MS = 30_000;

/**
 * Evaluates the alert rules every few seconds. Reports never wait for it, and a tick costs only as much as there are
 * devices that changed or are unwell.
 */
export class Alerts {
  readonly #deps: AlertsDeps;
  readonly #parts: ReturnType<typeof alertParts>;
  readonly #store: AlertStore;
  readonly #hysteresis = new Hysteresis();
  readonly #localTime = new LocalTime();
  readonly #moments: Moments;
  /** As of the last tick. */
  readonly #unwell = new Set<string>();
  #startedAt = 0;
  #quietUntil = 0;
  #refreshing = false;
  #stopTicks = () => {};
  #soonTimer: unknown;

  constructor(deps: AlertsDeps) {
    this.#deps = deps;
    this.#moments = new Moments(deps.clock);
    this.#parts = alertParts(deps, {
      holds: (alert) => this.#stillHolds(alert),
      close: (alert, by) => this.#resolve({ ...alert, closedBy: by }, 'closed', `closed by ${by}`, deps.clock.now()),
    });
    this.#store = this.#parts.alerts;
  }

  get policies() {
    return this.#parts.policies;
  }

  get desk() {
    return this.#parts.desk;
  }

  get channels() {
    return this.#parts.channels;
  }

  async start(): Promise<void> {
    await this.#parts.load();
    this.#startedAt = this.#deps.clock.now();
    for (const { document } of this.#deps.devices.all()) this.#deps.changed.add(document.id);
    this.#quietUntil = this.#startedAt + QUIET_GRACES * this.#deps.graceMs;
    this.#tick();
    this.#stopTicks = repeat(this.#deps.clock, TICK_MS, () => this.#tick());
  }

  /** The next process sends the notifications that are still pending. */
  async stop(): Promise<void> {
    this.#stopTicks();
    this.#deps.clock.clearTimeout(this.#soonTimer);
    await this.#parts.notifications.stop();
  }

  /** Decides on a device at once, which may be well again at the next tick, and sends within a second. */
  urgent(document: DeviceDocument): void {
    if (this.#startedAt === 0) return;
    this.#evaluate(document, [], this.#deps.clock.now());
    this.#soonTimer ??= this.#deps.clock.setTimeout(() => {
      this.#soonTimer = undefined;
      this.#tick();
    }, SOON_MS);
  }

  /** Call this when the actor of the device failed too often. */
  actorGaveUp(deviceId: string): void {
    this.#deps.events.actorGaveUp(deviceId);
  }

  /** Number of open alerts per name, of those that this instance decides on. */
  get open(): Record<AlertName, number> {
    const counts = Object.fromEntries(Object.keys(all).map((name) => [name, 0])) as Record<AlertName, number>;
    for (const { alert } of this.#store.records) {
      if (alert.resolvedAt === undefined && this.#isOurs(alert)) counts[alert.alert]++;
    }
    return counts;
  }

  #tick(now = this.#deps.clock.now()): void {
    this.#refresh();
    const lost: Lost[] = [];
    const documents = this.#candidates();
    for (const document of documents) this.#evaluate(document, lost, now);
    this.#followIncidents(now);
    this.#decideOnLost(lost, now);
    this.#decideOnFleet(documents, now);
    this.#decideOnServer(now);
    this.#hysteresis.forget(now);
    this.#parts.notifications.deliver(this.#store, (alert) => this.#isOurs(alert), now);
    const isKept = (id: string) => this.#store.get(id) !== undefined;
    this.#parts.work.forget(isKept);
    this.#parts.notificationLog.forget(isKept);
    this.desk.flush();
  }

  /**
   * Devices whose alerts can change now: unwell at this or the last tick, with an open alert, or with a failed actor.
   * All others stay as they are until their document changes.
   */
  #candidates(): DeviceDocument[] {
    const { changed, devices } = this.#deps;
    const concerned = new Set([...this.#unwell, ...this.#deps.events.concerned]);
    for (const { alert } of this.#store.records) if (isOpen(alert)) concerned.add(alert.about);
    const candidates = new Set([...concerned, ...changed]);
    changed.clear();
    this.#unwell.clear();
    const found: DeviceDocument[] = [];
    for (const id of candidates) {
      const document = devices.get(id)?.document;
      if (!document || !isActivated(document)) continue;
      if (!isWell(document)) this.#unwell.add(id);
      if (concerned.has(id) || this.#unwell.has(id)) found.push(document);
    }
    return found;
  }

  /** Evaluates one device. If it was lost for long enough, adds it to `lost`. */
  #evaluate(document: DeviceDocument, lost: Lost[], now: number): void {
    for (const finding of this.#findings(document, now)) {
      const isOpen = this.#store.find(finding.alert, finding.about) !== undefined;
      if (!this.#hysteresis.isDue(finding, isOpen, now)) continue;
      const lostAt = this.#hysteresis.since('device_offline', document.id) ?? now;
      if (finding.alert === 'device_offline' && finding.holds) lost.push({ finding, document, lostAt });
      else this.#decide(finding, now, document);
    }
  }

  #findings(document: DeviceDocument, now: number): Finding[] {
    const policy = this.policies.of(document);
    const { hours, maintenance } = policy;
    const limits = limitsOf(policy);
    const wall = this.#deps.clock.wall(now);
    const isServing = !hours || this.#localTime.isWithin(hours, policy.timeZone ?? this.#zoneOf(document), wall);
    const findings = judge(document, limits, isServing);
    const isOpen = (alert: AlertName) => this.#store.find(alert, document.id) !== undefined;
    findings.push(...this.#deps.events.findings(document.id, isServing, limits.recoverAfterMs, isOpen));
    const isMaintained = maintenance?.some(({ from, to }) => Date.parse(from) <= wall && wall < Date.parse(to));
    return isMaintained ? findings.map((it) => ({ ...it, holds: it.holds ? undefined : it.holds })) : findings;
  }

  #zoneOf({ state }: DeviceDocument): string {
    const zone = timeZone(state);
    return this.#localTime.isZone(zone) ? zone : 'UTC';
  }

  #decide({ alert, about, holds }: Finding, now: number, document: DeviceDocument): void {
    if (!this.#holds(about)) return;
    const known = this.#store.find(alert, about);
    if (known) this.#resolve(known, 'over', recoveries[alert], now);
    else if (holds && (now >= this.#quietUntil || NEVER_QUIET.has(alert))) {
      const details = { ...detailsOf(document, alert), ...this.#deps.events.detailsOf(about, alert) };
      const summary = summaryOf(document, alert, details);
      this.#open({ alert, about, group: document.group, summary, details }, now);
    }
  }

  /** Groups devices that were lost together into one incident; the others get an alert each. */
  #decideOnLost(lost: readonly Lost[], now: number): void {
    const grouped = new Set(this.#incidents().flatMap(({ devices }) => devices ?? []));
    const single = lost.filter(({ document }) => !grouped.has(document.id)).sort(byWhen);
    if (now < this.#quietUntil || single.length === 0) return;
    const sites = this.#sites();
    for (const { finding, document, lostAt } of single) {
      if (grouped.has(document.id)) continue;
      const found = sites.incidentsOf(document, lostAt);
      const incident = found.find(({ site }) => this.#store.find('site_incident', site)) ?? found[0];
      if (!incident) {
        this.#decide(finding, now, document);
        continue;
      }
      const { site, devices } = incident;
      for (const id of devices) grouped.add(id);
      if (this.#isLeader) this.#addToIncident(site, devices, now);
    }
  }

  #sites(): Sites {
    const sites = new Sites();
    for (const { document } of this.#deps.devices.all()) {
      const lostAt = this.#hysteresis.since('device_offline', document.id);
      if (document.connection.status === 'online') sites.online(document);
      else if (lostAt !== undefined) sites.lost(document, lostAt);
    }
    return sites;
  }

  #addToIncident(site: string, devices: readonly string[], now: number): void {
    const known = this.#store.find('site_incident', site);
    if (known) {
      this.#store.change({ ...known, devices: [...new Set([...(known.devices ?? []), ...devices])] });
      return;
    }
    const summary = `${devices.length} devices of ${site} were lost at about the same time`;
    const details = { lost: devices.length };
    this.#open({ alert: 'site_incident', about: site, summary, details, devices: [...devices] }, now);
  }

  /** Resolves an incident when few of its devices are still lost; these get alerts of their own. */
  #followIncidents(now: number): void {
    if (!this.#isLeader) return;
    for (const incident of this.#incidents()) {
      const devices = incident.devices ?? [];
      const lost = devices.filter((id) => !this.#isBack(id, now));
      if (lost.length < MIN_DEVICES) {
        const resolution = lost.length === 0 ? 'all are back' : `all are back but ${lost.join(' and ')}`;
        this.#resolve({ ...incident, devices: lost }, 'over', resolution, now);
      } else if (lost.length < devices.length) this.#store.change({ ...incident, devices: lost });
    }
  }

  #isBack(id: string, now: number): boolean {
    const { document } = this.#deps.devices.get(id) ?? {};
    if (!document) return true;
    const { recoverAfterMs } = limitsOf(this.policies.of(document));
    const { status, since } = document.connection;
    return status === 'online' && now - this.#moments.of(id, since) >= recoverAfterMs;
  }

  #incidents(): Alert[] {
    return [...this.#store.records]
      .map(({ alert }) => alert)
      .filter((it) => isOpen(it) && it.alert === 'site_incident');
  }

  /** One alert for all devices that did not return after a restart, open until the last one is back. */
  #decideOnFleet(documents: readonly DeviceDocument[], now: number): void {
    if (!this.#isLeader) return;
    const alert = 'fleet_not_returned';
    const known = this.#store.find(alert, FLEET);
    const listed = known?.devices ?? [];
    const waitMs = Math.max(this.#deps.graceMs, GIVE_UP_MS);
    const at = { startedAt: this.#startedAt, waitMs, now, momentOf: this.#moments };
    const devices = findNotReturned(documents, listed, at);
    if (known && devices.length === 0) {
      this.#resolve({ ...known, devices }, 'over', recoveries[alert], now);
    } else if (known && devices.join() !== listed.join()) {
      this.#store.change({ ...known, devices });
    } else if (!known && devices.length > 0) {
      const details = { lost: devices.length };
      this.#open({ alert, about: FLEET, summary: notReturnedSummary(devices.length), details, devices }, now);
    }
  }

  #decideOnServer(now: number): void {
    const { node, faults, share, devices } = this.#deps;
    const present = faults();
    for (const alert of Object.keys(serverAlerts) as (keyof typeof serverAlerts)[]) {
      const times = { forMs: FAULT_FOR_MS, recoverMs: FAULT_FOR_MS };
      const known = this.#store.find(alert, node);
      const finding = { alert, about: node, holds: present[alert], ...times };
      if (!this.#hysteresis.isDue(finding, known !== undefined, now)) continue;
      if (known) this.#resolve(known, 'over', recoveries[alert], now);
      else this.#open({ alert, about: node, summary: `${node}: ${serverAlerts[alert]}` }, now);
    }
    if (!this.#isLeader) return;
    // No owner is left to resolve these alerts.
    for (const { alert } of [...this.#store.records]) {
      if (!isOpen(alert)) continue;
      const { about } = all[alert.alert];
      if (about === 'device' && !devices.get(alert.about))
        this.#resolve(alert, 'removed', 'the device was removed', now);
      if (about === 'server' && !share.nodes().includes(alert.about)) {
        this.#resolve(alert, 'gone', 'the instance is gone', now);
      }
    }
  }

  #open(alert: Omit<Alert, 'id' | 'openedAt'>, now: number): void {
    const opened = this.#store.open({ ...alert, openedAt: this.#deps.clock.wall(now) });
    this.#deps.alertChanged?.(opened);
    this.#deps.log.warn({ id: opened.id, alert: alert.alert, about: alert.about }, `alert: ${alert.summary}`);
  }

  /** Does nothing if the alert has ended already. */
  #resolve(alert: Alert, ending: AlertEnding, resolution: string, now: number): void {
    const known = this.#store.get(alert.id);
    if (!known || !isOpen(known.alert)) return;
    const resolved = { ...alert, resolvedAt: this.#deps.clock.wall(now), ending, resolution };
    this.#store.change(resolved);
    this.#deps.alertChanged?.(resolved);
    this.#deps.log.info({ id: alert.id, alert: alert.alert, about: alert.about }, `alert over: ${resolution}`);
  }

  /** The hours do not matter: a device that is off at night is off. Only devices have rules that a person can judge. */
  #stillHolds({ alert, about }: Alert): boolean {
    if (all[alert].about !== 'device') return true;
    const document = this.#deps.devices.get(about)?.document;
    if (!document) return false;
    const found = judge(document, limitsOf(this.policies.of(document)), true).find((it) => it.alert === alert);
    return found ? found.holds === true : true;
  }

  /** Only the instance that decides on an alert sends its notifications. */
  #isOurs({ alert, about }: Alert): boolean {
    const { share } = this.#deps;
    const kind = all[alert].about;
    if (kind === 'device') return this.#holds(about);
    if (kind === 'site' || kind === 'fleet') return this.#isLeader;
    return about === this.#deps.node || (this.#isLeader && !share.nodes().includes(about));
  }

  #holds(deviceId: string): boolean {
    const holder = this.#deps.share.holder(deviceId);
    return holder === 'us' || (holder === 'nobody' && this.#isLeader);
  }

  /** The leader decides on alerts that belong to no single instance. */
  get #isLeader(): boolean {
    return leads(this.#deps.node, this.#deps.share.nodes());
  }

  /** In a cluster, loads in the background what other instances decided and sent. */
  #refresh(): void {
    const { share, store, log } = this.#deps;
    if (!share.isShared || !store.healthy || this.#refreshing) return;
    this.#refreshing = true;
    this.#parts
      .load()
      .catch((error) => log.debug({ err: error }, 'the alerts could not be read; it is tried again'))
      .finally(() => {
        this.#refreshing = false;
      });
  }
}

const isOpen = (alert: Alert): boolean => stateOf(alert) === 'open';
