import type { Admin, Ending, ProgressListener } from '../../client/admin.ts';
import { createSubscribers } from '../../client/subscribers.ts';
import type { JsonObject } from '../../protocol/document.ts';
import { type CommandStatus, statusOfFailure } from './command-status.ts';

/** A command sent from this page, and its progress. */
export interface Order {
  commandId: string;
  deviceId: string;
  command: string;
  status: CommandStatus;
  /** By this computer's clock, like the times of the steps. */
  sentAt: number;
  /** When this page saw each step, in ms since the epoch by this computer's clock. */
  steps: readonly { status: CommandStatus; attempt?: number | undefined; at: number }[];
  ending?: Ending;
  /** The server refused the command, or its outcome did not arrive. */
  error?: unknown;
}

export interface Orders {
  /** Newest first. Returns a new array after every change. */
  get(): readonly Order[];
  subscribe(listener: () => void): () => void;
  /** Resolves with the ended order; never rejects. */
  send(deviceId: string, command: string, options?: OrderOptions): Promise<Order>;
}

export interface OrderOptions {
  /** Send even if the effect is unknown. */
  force?: boolean;
  params?: JsonObject;
  /** Called when the server has accepted the command. */
  accepted?(): void;
}

const KEPT = 100;

export function createOrders(admin: Admin<string>): Orders {
  const listeners = createSubscribers<void>();
  let orders: readonly Order[] = [];

  function put(order: Order): Order {
    const others = orders.filter((it) => it.commandId !== order.commandId);
    const known = others.length < orders.length;
    orders = known
      ? orders.map((it) => (it.commandId === order.commandId ? order : it))
      : [order, ...others].slice(0, KEPT);
    listeners.tell();
    return order;
  }

  return {
    get: () => orders,
    subscribe: listeners.add,
    async send(deviceId, command, { force, params, accepted } = {}) {
      const commandId = newCommandId();
      let order: Order = put({ commandId, deviceId, command, status: 'queued', sentAt: Date.now(), steps: [] });
      const step = (status: CommandStatus, attempt?: number, more: Partial<Order> = {}) => {
        const last = order.steps.at(-1);
        // The first status of attempt 1 may come without the attempt.
        if (last?.status === status && (last.attempt ?? 1) === (attempt ?? 1)) return order;
        order = put({ ...order, ...more, status, steps: [...order.steps, { status, attempt, at: Date.now() }] });
        return order;
      };
      try {
        const request = { deviceId, command, commandId, ...(force && { force }), ...(params && { params }) };
        const told: ProgressListener = (progress) => {
          accepted?.();
          // The ending is added once, below, with all its details.
          if (progress.status === 'queued' || progress.status === 'sent' || progress.status === 'verifying') {
            step(progress.status, progress.attempt);
          }
        };
        // No queueing: a click must not take effect later.
        const ending = await admin.send(request, told, { once: true });
        accepted?.();
        return step(ending.status, undefined, { ending });
      } catch (error) {
        return step(statusOfFailure(error), undefined, { error });
      }
    },
  };
}

/** (`crypto.randomUUID` requires https.) */
export const newCommandId = () => {
  const parts = crypto.getRandomValues(new Uint32Array(4));
  return `console-${[...parts].map((it) => it.toString(36)).join('-')}`;
};
