import { expect, test } from 'vitest';
import { createPipeline } from '../../../src/compose/pipeline.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

/** Runs a pipeline for this long, and returns the order of the flushed stages. */
async function flushed(intervalMs: number, runsMs: number, hasOthers = true): Promise<string[]> {
  const clock = simulatedClock();
  const order: string[] = [];
  const stage = (name: string) => ({ flush: () => void order.push(name) });
  const pipeline = createPipeline({
    clock,
    intervalMs,
    ingest: stage('ingest'),
    stream: stage('stream'),
    outbox: hasOthers ? stage('outbox') : undefined,
  });
  pipeline.start();
  await clock.advance(runsMs);
  pipeline.stop();
  await clock.advance(10 * intervalMs);
  return order;
}

test('S1 one timer flushes the stages in pipeline order, and stops', async () => {
  expect(await flushed(100, 200)).toEqual(['ingest', 'stream', 'outbox', 'ingest', 'stream', 'outbox']);
  expect(await flushed(20, 40, false)).toEqual(['ingest', 'stream', 'ingest', 'stream']);
});

test('a long stream interval delays neither reports nor other instances', async () => {
  const waits = ['ingest', 'outbox'];
  expect(await flushed(250, 251)).toEqual([...waits, ...waits, 'ingest', 'stream', 'outbox']);
});
