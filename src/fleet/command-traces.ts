import { type Context, context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { LedgerEntry } from './ledger-entry.ts';

/** Without an SDK (src/adapters/telemetry.ts) all of this does nothing. */
const tracer = trace.getTracer('vigia');

interface Spans {
  command: Span;
  attempt?: Span;
}

/** The W3C `traceparent` of a span; without an SDK there is none. */
function traceparentOf(span: Span): string | undefined {
  const carrier: { traceparent?: string } = {};
  if (trace.isSpanContextValid(span.spanContext())) propagation.inject(trace.setSpan(context.active(), span), carrier);
  return carrier.traceparent;
}

const parentOf = (traceparent: string | undefined): Context =>
  traceparent === undefined ? context.active() : propagation.extract(context.active(), { traceparent });

/** What `work` does continues this trace, if it is one and traces are recorded. */
export const continueTrace = <T>(traceparent: string | undefined, work: () => T): T =>
  context.with(parentOf(traceparent), work);

/** The trace of a request, for the log. */
export const traceIdIn = (traceparent: string | undefined): { traceId?: string } =>
  traceparent === undefined ? {} : { traceId: traceparent.split('-')[1] as string };

/** Runs the request of an admin as a span. `send` gets its `traceparent`, which goes to the owners of the devices. */
export async function tracedRequest<T>(
  facts: { command: string; commandId: string | undefined; by: string },
  send: (traceparent: string | undefined) => Promise<T>,
): Promise<T> {
  const span = tracer.startSpan('command.send', {
    kind: SpanKind.SERVER,
    attributes: { 'vigia.command': facts.command, 'vigia.by': facts.by },
  });
  if (facts.commandId !== undefined) span.setAttribute('vigia.command.id', facts.commandId);
  try {
    return await send(traceparentOf(span));
  } catch (error) {
    span.recordException(error as Error);
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

/**
 * The spans of the commands of devices that are held here: one from acceptance to ending, and one below it for each
 * attempt. A command that continues at another instance, or after a restart, has further spans in the same trace.
 */
export class CommandTraces {
  readonly #spans = new Map<string, Spans>();

  accepted(entry: LedgerEntry): void {
    const command = this.#start(entry);
    const traceparent = traceparentOf(command);
    if (traceparent !== undefined) entry.traceparent = traceparent;
  }

  /** @param isSent another attempt leaves */
  progressed(entry: LedgerEntry, isSent: boolean): void {
    const { commandId, status, attempts } = entry.record;
    if (!this.#spans.has(commandId) && entry.traceparent !== undefined) this.#start(entry);
    const spans = this.#spans.get(commandId);
    if (!spans) return;
    if (!isSent) {
      (spans.attempt ?? spans.command).addEvent(status);
      return;
    }
    spans.attempt?.end();
    const attributes = { 'vigia.command.id': commandId, 'vigia.attempt': attempts };
    const parent = trace.setSpan(context.active(), spans.command);
    spans.attempt = tracer.startSpan('command.attempt', { kind: SpanKind.CLIENT, attributes }, parent);
  }

  ended({ record }: LedgerEntry): void {
    const spans = this.#spans.get(record.commandId);
    if (!spans) return;
    this.#spans.delete(record.commandId);
    const { status, attempts, confirmedBy, message } = record;
    spans.command.setAttributes({
      'vigia.command.status': status,
      'vigia.attempts': attempts,
      ...(confirmedBy && { 'vigia.confirmed_by': confirmedBy }),
    });
    if (status === 'error' || status === 'timeout')
      spans.command.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
    spans.attempt?.end();
    spans.command.end();
  }

  #start(entry: LedgerEntry): Span {
    const { commandId, deviceId, command } = entry.record;
    const attributes = { 'vigia.command': command, 'vigia.command.id': commandId, 'vigia.device.id': deviceId };
    const span = tracer.startSpan('command', { attributes }, parentOf(entry.traceparent));
    if (span.isRecording()) this.#spans.set(commandId, { command: span });
    return span;
  }
}
