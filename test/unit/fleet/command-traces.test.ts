import { propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { core, tracing } from '@opentelemetry/sdk-node';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { CommandTraces, tracedRequest } from '../../../src/fleet/command-traces.ts';
import type { LedgerEntry } from '../../../src/fleet/ledger-entry.ts';
import type { CommandRecord } from '../../../src/protocol/commands.ts';
import { records } from '../../support/records.ts';

const exporter = new tracing.InMemorySpanExporter();
trace.setGlobalTracerProvider(
  new tracing.BasicTracerProvider({ spanProcessors: [new tracing.SimpleSpanProcessor(exporter)] }),
);
propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
afterEach(() => exporter.reset());
afterAll(async () => {
  await exporter.shutdown();
  trace.disable();
  propagation.disable();
});

/** The spans that have ended, in that order. */
const spans = () => exporter.getFinishedSpans();
const entry = (more: Partial<CommandRecord> = {}): LedgerEntry => {
  const it = records.commands('c1');
  return { ...it, record: { ...it.record, ...more } };
};

describe('the trace of a request', () => {
  const facts = { command: 'vlc:play', by: 'ana' };

  test('has its command, who asked and its id, and goes to the owners of the devices', async () => {
    const sent = await tracedRequest({ ...facts, commandId: 'c1' }, async (traceparent) => traceparent);
    const [span] = spans();
    expect(span).toMatchObject({
      name: 'command.send',
      attributes: { 'vigia.command': 'vlc:play', 'vigia.by': 'ana', 'vigia.command.id': 'c1' },
    });
    const { traceId, spanId } = span?.spanContext() ?? {};
    expect(sent).toBe(`00-${traceId}-${spanId}-01`);
  });

  test('has no id if the server chooses it', async () => {
    await tracedRequest({ ...facts, commandId: undefined }, async () => {});
    expect(spans()[0]?.attributes).toEqual({ 'vigia.command': 'vlc:play', 'vigia.by': 'ana' });
  });

  test('shows an error, which the sender gets', async () => {
    const failing = tracedRequest({ ...facts, commandId: undefined }, () => Promise.reject(new Error('no room')));
    await expect(failing).rejects.toThrow('no room');
    expect(spans()[0]).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      events: [{ name: 'exception', attributes: { 'exception.message': 'no room' } }],
    });
  });
});

describe('the spans of a command', () => {
  test('one for it, and one below it for each attempt', () => {
    const traces = new CommandTraces();
    const it = entry();
    traces.accepted(it);
    traces.progressed(entry({ attempts: 1 }), true);
    traces.progressed(entry({ attempts: 1, status: 'verifying' }), false);
    traces.progressed(entry({ attempts: 2 }), true);
    traces.ended(entry({ attempts: 2, status: 'success', confirmedBy: 'state' }));
    const [first, second, command] = spans();
    expect(spans()).toHaveLength(3);
    expect(command).toMatchObject({
      name: 'command',
      attributes: {
        ...{ 'vigia.command': 'vlc:play', 'vigia.command.id': 'c1', 'vigia.device.id': 'd', 'vigia.attempts': 2 },
        ...{ 'vigia.command.status': 'success', 'vigia.confirmed_by': 'state' },
      },
      status: { code: SpanStatusCode.UNSET },
    });
    expect(first).toMatchObject({
      name: 'command.attempt',
      attributes: { 'vigia.command.id': 'c1', 'vigia.attempt': 1 },
      events: [{ name: 'verifying' }],
    });
    expect(second).toMatchObject({ attributes: { 'vigia.attempt': 2 }, events: [] });
    for (const attempt of [first, second])
      expect(attempt?.parentSpanContext?.spanId).toBe(command?.spanContext().spanId);
    expect(it.traceparent).toContain(command?.spanContext().traceId);
  });

  test('one that waits notes its progress itself, and ends without attempts', () => {
    const traces = new CommandTraces();
    traces.accepted(entry());
    traces.progressed(entry({ status: 'queued' }), false);
    traces.ended(entry({ attempts: 0, status: 'timeout', message: 'the player does not answer' }));
    traces.ended(entry({ status: 'timeout' }));
    expect(spans()).toHaveLength(1);
    expect(spans()[0]).toMatchObject({
      events: [{ name: 'queued' }],
      status: { code: SpanStatusCode.ERROR, message: 'the player does not answer' },
    });
    expect(spans()[0]?.attributes).not.toHaveProperty('vigia.confirmed_by');
  });

  test.each([
    ['error', SpanStatusCode.ERROR],
    ['timeout', SpanStatusCode.ERROR],
    ['cancelled', SpanStatusCode.UNSET],
    ['undelivered', SpanStatusCode.UNSET],
  ] as const)('of the ending "%s" have the status %s', (status, code) => {
    const traces = new CommandTraces();
    traces.accepted(entry());
    traces.ended(entry({ status }));
    expect(spans()[0]?.status).toEqual({ code });
  });

  test('at another instance, or after a restart, belong to the same trace', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const traces = new CommandTraces();
    traces.progressed({ ...entry(), traceparent }, true);
    traces.ended(entry({ status: 'success' }));
    const command = spans().find(({ name }) => name === 'command');
    expect(command?.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(command?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
  });

  test('without a trace there are none', () => {
    const traces = new CommandTraces();
    traces.progressed(entry(), true);
    traces.ended(entry({ status: 'success' }));
    expect(spans()).toEqual([]);
  });

  test('are not kept for a trace that is not recorded', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
    const traces = new CommandTraces();
    traces.accepted({ ...entry(), traceparent });
    traces.progressed(entry(), true);
    traces.ended(entry({ status: 'success' }));
    expect(spans()).toEqual([]);
  });
});
