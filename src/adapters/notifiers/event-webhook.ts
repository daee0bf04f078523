import { Webhook } from 'standardwebhooks';
import type { Clock } from '../../ports/clock.ts';
import type { EventMessage, EventSender } from '../../ports/webhooks.ts';
import type { Guard } from './guard.ts';
import { ANSWER_MS, post } from './post.ts';

/** Signs according to Standard Webhooks, so that receivers can verify messages with any of its libraries. */
export function createEventSender(clock: Pick<Clock, 'wall'>, answerMs = ANSWER_MS, guard?: Guard): EventSender {
  return async ({ url, secrets }: { url: string; secrets: readonly string[] }, { id, body }: EventMessage) => {
    const at = new Date(clock.wall());
    const headers = {
      'user-agent': 'vigia',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
    };
    await post(new URL(url), body, { answerMs, headers, guard });
  };
}
