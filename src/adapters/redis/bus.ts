import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Bus } from '../../ports/bus.ts';
import { keys } from './registry.ts';

/** Redis pub/sub: one channel for messages to all instances, and one for each instance. */
export async function createBus({
  publisher,
  subscriber,
  me,
  log,
}: {
  publisher: Redis;
  subscriber: Redis;
  me: string;
  log: Logger;
}): Promise<Bus> {
  const mine = keys.messages(me);
  let onPublished: (message: Buffer) => void = () => {};
  let onMessage: (message: unknown) => void = () => {};
  let onReconnected = () => {};

  subscriber.on('messageBuffer', (channel: Buffer, payload: Buffer) => {
    try {
      if (channel.toString() === keys.changes) onPublished(payload);
      else onMessage(JSON.parse(payload.toString()));
    } catch (error) {
      log.error({ err: error }, 'cannot process a cluster message');
    }
  });
  const subscribe = () => subscriber.subscribe(keys.changes, mine);
  await subscribe();
  // ioredis has already resubscribed when it emits `ready`.
  subscriber.on(
    'ready',
    () =>
      void subscribe()
        .then(() => onReconnected())
        .catch(() => {}),
  );

  return {
    send: (instance, message) => {
      publisher.publish(keys.messages(instance), JSON.stringify(message)).catch(() => {});
    },
    onPublished: (listener) => {
      onPublished = listener;
    },
    onMessage: (listener) => {
      onMessage = listener;
    },
    onReconnected: (listener) => {
      onReconnected = listener;
    },
  };
}
