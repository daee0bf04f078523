import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { connectAdmin } from '../../src/client/admin.ts';
import { startScreen } from '../support/clients.ts';
import { startCluster } from '../support/cluster.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startServer, type TestServer } from '../support/server.ts';

interface ReceivedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  /** NODE_ID. */
  instance: string;
  attributes: Record<string, unknown>;
}

type Attributes = { key: string; value: { stringValue?: string; intValue?: number } }[];
const plain = (attributes: Attributes) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

/** Receives spans as OTLP over HTTP. */
async function startCollector() {
  const spans: ReceivedSpan[] = [];
  const server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    for (const { resource, scopeSpans } of body.resourceSpans)
      for (const span of scopeSpans.flatMap((it: { spans: unknown[] }) => it.spans)) {
        const instance = String(plain(resource.attributes)['service.instance.id']);
        spans.push({ ...span, instance, attributes: plain(span.attributes) });
      }
    response.setHeader('content-type', 'application/json').end('{}');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '100',
  };
  return { spans, env };
}

test('M9 a command is one trace, from the request at one instance to both attempts at another, and its log lines name it', async () => {
  const { spans, env } = await startCollector();
  const { instances } = await startCluster(2, env);
  const [one, two] = instances as [TestServer, TestServer];
  const screen = await startScreen(two, 'lobby');
  await expect.poll(async () => (await one.call('/devices/lobby')).status, { timeout: PATIENCE_MS }).toBe(200);
  screen.answers = 'silent';
  screen.reports = false;
  const trace = 'abcdefabcdefabcdefabcdefabcdef01';
  const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01`, 'x-request-id': 'asked-by-ana' };
  const body = { command: 'vlc:play', commandId: 'traced', retries: 1 };
  expect((await one.call('/devices/lobby/commands?wait=true', body, { headers })).body).toMatchObject({
    commands: [{ status: 'timeout', attempts: 2 }],
  });

  await expect.poll(() => spans.filter(({ traceId }) => traceId === trace).length, { timeout: PATIENCE_MS }).toBe(4);
  const named = (name: string) => spans.filter((it) => it.name === name && it.traceId === trace);
  const [[sent], [command], attempts] = [named('command.send'), named('command'), named('command.attempt')];
  expect(sent).toMatchObject({ instance: 'n1', parentSpanId: '00f067aa0ba902b7', attributes: { 'vigia.by': 'admin' } });
  expect(command).toMatchObject({
    instance: 'n2',
    parentSpanId: sent?.spanId,
    attributes: { 'vigia.command.id': 'traced', 'vigia.device.id': 'lobby', 'vigia.command.status': 'timeout' },
  });
  expect(attempts.map((it) => [it.parentSpanId, it.attributes['vigia.attempt']])).toEqual([
    [command?.spanId, 1],
    [command?.spanId, 2],
  ]);

  const lines = (server: TestServer, msg: string) => server.logs.filter((it) => it.msg === msg);
  expect(lines(one, 'command accepted')).toMatchObject([
    { commandId: 'traced', by: 'admin', requestId: 'asked-by-ana', traceId: trace },
  ]);
  expect(lines(two, 'command sent')).toMatchObject([
    { commandId: 'traced', deviceId: 'lobby', attempt: 1 },
    { commandId: 'traced', deviceId: 'lobby', attempt: 2 },
  ]);
  expect(lines(two, 'command ended')).toMatchObject([{ commandId: 'traced', status: 'timeout', traceId: trace }]);
});

test('M9 a command over a socket continues the trace of its traceparent, if it is one', async () => {
  const { spans, env } = await startCollector();
  const server = await startServer(env);
  await startScreen(server, 'lobby');
  const admin = connectAdmin({ url: server.url, token: server.adminToken });
  onTestFinished(() => admin.close());
  await admin.ready();
  const trace = 'abcdefabcdefabcdefabcdefabcdef02';
  const command = { deviceId: 'lobby', command: 'vlc:play' } as const;
  await admin.send({ ...command, traceparent: `00-${trace}-00f067aa0ba902b7-01` });
  const sent = () => spans.filter(({ name }) => name === 'command.send');
  await expect.poll(sent, { timeout: PATIENCE_MS }).toHaveLength(1);
  expect(sent()[0]).toMatchObject({ traceId: trace, parentSpanId: '00f067aa0ba902b7' });
  for (const traceparent of ['no trace', 5 as unknown as string])
    expect(await admin.send({ ...command, traceparent })).toMatchObject({ status: 'success' });
  await expect.poll(sent, { timeout: PATIENCE_MS }).toHaveLength(3);
  expect(sent().filter(({ traceId }) => traceId === trace)).toHaveLength(1);
});

test('M9 without the SDK the server warns how to install it, and serves', async () => {
  const hidden = ['--import', new URL('../support/no-telemetry.mjs', import.meta.url).pathname];
  const server = await startServer({ OTEL_TRACES_EXPORTER: 'otlp' }, hidden);
  const { level } = await server.logged(({ msg }) => msg.includes('npm install @opentelemetry/sdk-node'));
  expect(level).toBe('warn');
  expect((await server.fetch('/readyz')).status).toBe(200);
});
