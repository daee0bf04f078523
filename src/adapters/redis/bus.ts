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
  let onNews: (news: Buffer) => void = () => {};
  let onMessage: (message: unknown) => void = () => {};
  let onBack = () => {};

  subscriber.on('messageBuffer', (channel: Buffer, payload: Buffer) => {
    try {
      if (channel.toString() === keys.news) onNews(payload);
      else onMessage(JSON.parse(payload.toString()));
    } catch (error) {
      log.error({ err: error }, 'cannot process a cluster message');
    }
  });
  const subscribe = () => subscriber.subscribe(keys.news, mine);
  await subscribe();
  // ioredis has already resubscribed when it emits `ready`.
  subscriber.on(
    'ready',
    () =>
      void subscribe()
        .then(() => onBack())
        .catch(() => {}),
  );

  return {
    tell: (instance, message) => {
      publisher.publish(keys.messages(instance), JSON.stringify(message)).catch(() => {});
    },
    onNews: (listener) => {
      onNews = listener;
    },
    onMessage: (listener) => {
      onMessage = listener;
    },
    onBack: (listener) => {
      onBack = listener;
    },
  };
}
