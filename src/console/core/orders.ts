import type { Admin, Ending, ProgressListener } from '../../client/admin.ts';
import { createSubscribers } from '../../client/subscribers.ts';
import type { JsonObject } from '../../protocol/document.ts';
import { type CommandStatus, statusOfFailure } from './command-status.ts';

/** A command sent from this page, and its way. */
export interface Order {
  commandId: string;
  deviceId: string;
  command: string;
  status: CommandStatus;
  /** By this machine's clock, as the steps' times. */
  sentAt: number;
  /** When each step was seen here, milliseconds since the epoch by this machine's clock. */
  steps: readonly { status: CommandStatus; attempt?: number | undefined; at: number }[];
  ending?: Ending;
  /** The server refused it, or did not tell of its end. */
  error?: unknown;
}

export interface Orders {
  /** Newest first; the list is a new one whenever anything changed. */
  get(): readonly Order[];
  subscribe(listener: () => void): () => void;
  /** Resolves with the order as it ended; never fails. */
  send(deviceId: string, command: string, options?: OrderOptions): Promise<Order>;
}

export interface OrderOptions {
  /** Even where it is not known what it would do. */
  force?: boolean;
  params?: JsonObject;
  /** The server has taken it on. */
  accepted?(): void;
}

const KEPT = 100;

export function createOrders(admin: Admin): Orders {
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
        // The first word of it may be without its attempt, which is the first.
        if (last?.status === status && (last.attempt ?? 1) === (attempt ?? 1)) return order;
        order = put({ ...order, ...more, status, steps: [...order.steps, { status, attempt, at: Date.now() }] });
        return order;
      };
      try {
        const request = { deviceId, command, commandId, ...(force && { force }), ...(params && { params }) };
        const told: ProgressListener = (progress) => {
          accepted?.();
          // The ending is told once, with all that belongs to it.
          if (progress.status === 'queued' || progress.status === 'sent' || progress.status === 'verifying') {
            step(progress.status, progress.attempt);
          }
        };
        // A click is of now: what the server did not get then is not to happen later.
        const ending = await admin.send(request, told, { once: true });
        accepted?.();
        return step(ending.status, undefined, { ending });
      } catch (error) {
        return step(statusOfFailure(error), undefined, { error });
      }
    },
  };
}

/** (`crypto.randomUUID` is for https only.) */
export const newCommandId = () => {
  const parts = crypto.getRandomValues(new Uint32Array(4));
  return `console-${[...parts].map((it) => it.toString(36)).join('-')}`;
};
