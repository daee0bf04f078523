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
  const subscribe = () => subscriber.subscribe(keys.changes, keys.messages(me));
  await subscribe();
  return {
    send: (instance, message) => {
      publisher.publish(keys.messages(instance), JSON.stringify(message)).catch(() => {});
    },
    receive: ({ published, message, reconnected }) => {
      subscriber.on('messageBuffer', (channel: Buffer, payload: Buffer) => {
        try {
          if (channel.toString() === keys.changes) published(payload);
          else message(JSON.parse(payload.toString()));
        } catch (error) {
          log.error({ err: error }, 'cannot process a cluster message');
        }
      });
      // ioredis has already resubscribed when it emits `ready`.
      subscriber.on('ready', () => void subscribe().then(reconnected, () => {}));
    },
  };
}
