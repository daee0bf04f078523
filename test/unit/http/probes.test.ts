import { expect, it } from 'vitest';
import { createProbes, type ProbeSources } from '../../../src/http/probes.ts';

const serving: ProbeSources = {
  ready: () => ({ ok: true, reasons: [] }),
  metrics: async () => 'vigia_up 1\n',
  guesses: { attempt: (_address, _token, check) => check() },
};

it('/healthz is 200 while the process runs, ready or not', async () => {
  const probes = createProbes({ ...serving, ready: () => ({ ok: false, reasons: ['draining'] }) });
  expect(await probes('/healthz', undefined)).toMatchObject({ status: 200, body: '{"status":"ok"}' });
});

it('/readyz is 200 when it serves, and otherwise 503 with the reasons', async () => {
  expect(await createProbes(serving)('/readyz', undefined)).toMatchObject({ status: 200 });
  const probes = createProbes({ ...serving, ready: () => ({ ok: false, reasons: ['draining', 'store'] }) });
  const answer = await probes('/readyz', undefined);
  expect(answer).toMatchObject({ status: 503, contentType: 'application/json' });
  expect(JSON.parse(answer.body)).toEqual({ status: 'unavailable', reasons: ['draining', 'store'] });
});

it('/metrics is Prometheus text without a token, unless METRICS_TOKEN is set', async () => {
  expect(await createProbes(serving)('/metrics', undefined)).toEqual({
    status: 200,
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    body: 'vigia_up 1\n',
  });
  const guarded = createProbes({ ...serving, metricsToken: () => 'scrape me' });
  for (const wrong of [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer scrape',
    'Bearer scrape me ',
    'Basic scrape me',
    'scrape me',
  ]) {
    expect(await guarded('/metrics', wrong)).toMatchObject({ status: 401 });
  }
  expect(await guarded('/metrics', 'Bearer scrape me')).toMatchObject({ status: 200 });
  expect(await guarded('/readyz', undefined)).toMatchObject({ status: 200 });
});

it('a figure that cannot be read fails the scrape, not the process', async () => {
  const probes = createProbes({ ...serving, metrics: () => Promise.reject(new Error('secret cause')) });
  expect(await probes('/metrics', undefined)).toMatchObject({ status: 500, body: '{"status":"internal"}' });
});
