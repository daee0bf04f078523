import type { AlertLog } from '../ports/alert-log.ts';
import type { EnvironmentNotifier, NotifierFactory } from '../ports/notifier.ts';
import type { StateStore } from '../ports/state-store.ts';
import { AlertStore } from './alert-store.ts';
import type { DeliveryDeps } from './channel.ts';
import { ChannelStore } from './channel-store.ts';
import { Channels } from './channels.ts';
import { AlertDesk, type DeskDeps } from './desk.ts';
import { NotificationLog } from './notification-log.ts';
import { Notifications, type NotificationsDeps } from './notifications.ts';
import { Policies } from './policies.ts';
import { AlertWork } from './work.ts';

export interface PartsDeps extends DeliveryDeps {
  store: StateStore;
  /** All stored alerts. */
  history: AlertLog;
  /** Those that the environment defines. */
  notifiers: readonly EnvironmentNotifier[];
  notifierOf: NotifierFactory;
  metrics: NotificationsDeps['metrics'];
}

/** What is stored about alerts, and who is notified of them. */
export function alertParts(deps: PartsDeps, judged: Pick<DeskDeps, 'holds' | 'close'>) {
  const { store, clock } = deps;
  const policies = new Policies(store);
  const work = new AlertWork(store, clock);
  const channelStore = new ChannelStore(store, clock);
  const notificationLog = new NotificationLog(store, clock);
  const alertStore: AlertStore = new AlertStore(store, (record) => notifications.pending(record));
  const notifications = new Notifications(
    { ...deps, channels: channelStore, notificationLog, isMuted: (alert) => work.muteOf(alert) !== undefined },
    (alert, channel) => alertStore.acknowledge(alert, channel),
  );
  return {
    policies,
    work,
    notificationLog,
    alerts: alertStore,
    notifications,
    desk: new AlertDesk({ ...deps, ...judged, alerts: alertStore, work, notificationLog }),
    channels: new Channels({ ...deps, channels: channelStore }),
    /** Loads what is stored: other instances may have changed it. */
    load: () =>
      Promise.all([policies.load(), work.load(), channelStore.load(), notificationLog.load(), alertStore.load()]),
  };
}
