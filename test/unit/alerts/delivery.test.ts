import pino from 'pino';
import { expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';
import { createWebhook } from '../../../src/adapters/notifiers/webhook.ts';
import { alertChannel } from '../../../src/alerts/channel.ts';
import { Delivery } from '../../../src/delivery/delivery.ts';
import { type Alert, stateOf } from '../../../src/protocol/alerts.ts';
import { PATIENCE_MS } from '../../support/patience.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';

const alert = (id: string, more: Partial<Alert> = {}): Alert => ({
  id,
  alert: 'device_offline',
  about: id,
  group: null,
  summary: `${id} is not connected`,
  openedAt: 1_785_000_000_000,
  ...more,
});

/** The real webhook and real HTTP; only the pauses between attempts are shorter, and recorded. */
function deliveryTo({ url }: Receiver) {
  const pauses: number[] = [];
  const told: string[] = [];
  const lines: string[] = [];
  const counted = { sent: 0, failed: 0, dropped: 0 };
  const delivery = new Delivery({
    channel: alertChannel(createWebhook(url, { answerMs: 1500 }), (it) => void told.push(`${it.id} ${stateOf(it)}`)),
    clock: {
      ...systemClock,
      setTimeout: (fn, ms) => {
        if (ms > 0) pauses.push(ms);
        return setTimeout(fn, ms / 100);
      },
    },
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
    counted: (outcome) => void counted[outcome]++,
  });
  return { delivery, pauses, told, lines, counted };
}

const ids = ({ taken }: Receiver) => taken.map((it) => it.alerts.map(({ key }) => key));

test('W7 a receiver that fails or hangs is retried with growing pauses, and gets the alert once', async () => {
  const receiver = await startReceiver();
  receiver.next = [500, 'hang', 429, 503];
  const { delivery, pauses, told, counted } = deliveryTo(receiver);
  delivery.add(alert('a'));
  await vi.waitFor(() => expect(told).toEqual(['a open']), { timeout: PATIENCE_MS });
  // The same alert again after that: another message, but only on request.
  expect(ids(receiver)).toEqual([['a:open']]);
  // A pause ends at a fixed time: a millisecond may have passed before it starts.
  expect(pauses.map((ms) => Math.round(ms / 100) * 100)).toEqual([1000, 2000, 4000, 8000]);
  expect(counted).toEqual({ sent: 1, failed: 4, dropped: 0 });
});

test('W7 meanwhile each alert waits only in its latest state, and all go together', async () => {
  const receiver = await startReceiver();
  receiver.next = ['hang'];
  const { delivery, told } = deliveryTo(receiver);
  delivery.add(alert('a'));
  delivery.add(alert('b'));
  await vi.waitFor(() => expect(receiver.came).toHaveLength(1), { timeout: PATIENCE_MS });
  delivery.add(alert('a'));
  delivery.add(alert('b', { resolvedAt: 1_785_000_001_000, resolution: 'it is connected again' }));
  delivery.add(alert('c'));
  await vi.waitFor(() => expect(told).toHaveLength(3), { timeout: PATIENCE_MS });
  expect(ids(receiver)).toEqual([['a:open', 'b:resolved', 'c:open']]);
  expect(receiver.taken[0]?.text).toBe(
    'FIRING device_offline: a is not connected\nRESOLVED device_offline: b: it is connected again\nFIRING device_offline: c is not connected',
  );
});

test.each([400, 404, 302] as const)(
  'W7 after %i an open alert is sent again, and arrives once it is accepted',
  async (status) => {
    const receiver = await startReceiver();
    receiver.next = [status];
    const { delivery, told, lines } = deliveryTo(receiver);
    delivery.add(alert('a'));
    await vi.waitFor(() => expect(told).toEqual(['a open']), { timeout: PATIENCE_MS });
    expect(receiver.came).toHaveLength(2);
    delivery.add(alert('b'));
    await vi.waitFor(() => expect(told).toEqual(['a open', 'b open']), { timeout: PATIENCE_MS });
    expect(lines.join('')).toContain(`answered ${status}`);
  },
);

test('W7 in the text of a webhook a name is plain text, whatever Slack or Markdown syntax it contains', async () => {
  const receiver = await startReceiver();
  const summary = 'x <!channel> <http://evil.example|click> [a](http://b) *b* _i_ `c` @all lobby_1 a&b\nFIRING';
  await createWebhook(receiver.url).send([{ ...alert('a'), summary }]);
  const { text } = receiver.came[0] as { text: string };
  expect(text).not.toMatch(/<|\n|@all|(?<!\\)[*`[\]|]/);
  expect(text).toContain('&lt;!channel&gt;');
  expect(text).toContain('\\_i\\_');
  expect(text).toContain('lobby_1 a&amp;b FIRING');
});

test('W7 a name that is a link is not one in the text, and bidirectional characters have no effect on the text around', async () => {
  const receiver = await startReceiver();
  const summary = 'http://evil.example www.evil.example \u202eevil\u2066';
  await createWebhook(receiver.url).send([{ ...alert('a'), summary }]);
  const { text } = receiver.came[0] as { text: string };
  expect(text).not.toMatch(/:\/\/|www\.|[\u202a-\u202e\u2066-\u2069]/);
});

test('W7 Slack, which cannot escape its formats, gets names as plain text', async () => {
  const receiver = await startReceiver();
  const summary = '*b* _screen_1_ :smile: `c` <!channel> a&b http://x';
  const over = alert('b', { resolvedAt: 1_785_000_001_000, resolution: 'it is connected again' });
  await createWebhook(receiver.url).send([{ ...alert('a'), summary }, over]);
  const { blocks } = receiver.came[0] as unknown as { blocks: object[] };
  const section = (text: string) => ({ type: 'section', text: { type: 'plain_text', text, emoji: false } });
  expect(blocks).toEqual([
    section('FIRING device_offline: *b* _screen_1_ :smile: `c` &lt;!channel&gt; a&amp;b http://x'),
    section('RESOLVED device_offline: b: it is connected again'),
  ]);
});

test('W7 an alert with a very long text is shortened for Slack, which refuses a block of more than 3,000 characters', async () => {
  const receiver = await startReceiver();
  await createWebhook(receiver.url).send([{ ...alert('a'), summary: '&'.repeat(10_000) }]);
  const { blocks } = receiver.came[0] as unknown as { blocks: { text: { text: string } }[] };
  expect(blocks[0]?.text.text.length).toBeLessThanOrEqual(3000);
});

test('W7 at most 10,000 alerts wait; the address, which may contain a secret, is not logged', async () => {
  const receiver = await startReceiver();
  receiver.next = Array.from({ length: 100 }, () => 503);
  const { delivery, told, lines, counted } = deliveryTo({ ...receiver, url: `${receiver.url}/T0PS3CRET` });
  for (let i = 0; i < 10_003; i++) delivery.add(alert(`d${i}`));
  expect(told).toEqual(['d0 open', 'd1 open', 'd2 open']);
  await vi.waitFor(() => expect(receiver.came.length).toBeGreaterThan(1), { timeout: PATIENCE_MS });
  await delivery.stop();
  expect(counted.dropped).toBe(3);
  expect(
    lines.filter((it) => it.includes('too many wait')),
    'not one for each',
  ).toHaveLength(1);
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.join('')).not.toContain('T0PS3CRET');
});
