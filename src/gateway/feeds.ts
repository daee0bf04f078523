import type { Alert } from '../protocol/alerts.ts';
import type { AlertsUpdate, OpenAlerts } from '../protocol/events.ts';
import type { RolloutUpdate, VersionedRollout } from '../protocol/rollouts.ts';

/** The admins' subscription to rollouts. */
export interface RolloutFeed {
  /** Returns the current state of the rollouts, and calls the follower on every change from then on. */
  follow(follower: {
    id: string;
    groups: readonly string[] | undefined;
    backlog(): number;
    send(updates: readonly RolloutUpdate[]): void;
  }): VersionedRollout[];
  unfollow(id: string): void;
}

/** The admins' subscription to open alerts. */
export interface AlertsFeed {
  /** Returns the open alerts, and calls the follower on every change from then on. */
  follow(follower: {
    id: string;
    sees(alert: Alert): boolean;
    backlog(): number;
    send(update: AlertsUpdate): void;
  }): OpenAlerts;
  unfollow(id: string): void;
}
