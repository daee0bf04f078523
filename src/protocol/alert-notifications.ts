import type { ChannelKind } from './channels.ts';
import type { Time } from './document.ts';

/** `failed`: it is tried again. `given_up`: it is not. */
export const notificationStatuses = ['delivered', 'failed', 'given_up'] as const;
export type NotificationStatus = (typeof notificationStatuses)[number];

/** How a channel was told of an alert in one of its states. */
export interface AlertNotification {
  /** The id, type and name of the channel at that time. */
  channel: string;
  kind: ChannelKind | 'alertmanager';
  name: string;
  state: 'open' | 'resolved';
  status: NotificationStatus;
  attempts: number;
  firstAt: Time;
  lastAt: Time;
  /** What the receiver answered last, or why nothing arrived. */
  answer: string;
}
