import type { Logger } from 'pino';

/** Any of these asks for traces; the SDK reads the others itself. */
const ASKING = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_TRACES_EXPORTER'];
const SDK = '@opentelemetry/sdk-node';

/**
 * Starts the OpenTelemetry SDK if the environment asks for traces and the SDK is installed. It is no dependency: few
 * need it, and it takes 50 MB. Returns what sends the last spans.
 */
export async function startTelemetry(
  env: NodeJS.ProcessEnv,
  { version, node }: { version: string; node: string },
  log: Pick<Logger, 'info' | 'warn'>,
): Promise<() => Promise<void>> {
  const isAsked = ASKING.some((name) => (env[name] ?? '') !== '') && env.OTEL_SDK_DISABLED !== 'true';
  if (!isAsked) return async () => {};
  try {
    const { NodeSDK } = (await import(SDK)) as typeof import('@opentelemetry/sdk-node');
    // Metrics are at /metrics, and logs on the output.
    env.OTEL_METRICS_EXPORTER ??= 'none';
    env.OTEL_LOGS_EXPORTER ??= 'none';
    env.OTEL_SERVICE_NAME ??= 'vigia';
    const own = `service.version=${version},service.instance.id=${node}`;
    env.OTEL_RESOURCE_ATTRIBUTES = [own, env.OTEL_RESOURCE_ATTRIBUTES].filter(Boolean).join();
    const sdk = new NodeSDK({ instrumentations: [] });
    sdk.start();
    log.info({ service: env.OTEL_SERVICE_NAME }, 'traces are exported by OpenTelemetry');
    return () => sdk.shutdown().catch((error) => log.warn({ err: error }, 'the last traces were not exported'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND')
      log.warn(`OTEL_… asks for traces, but ${SDK} is not installed: npm install ${SDK}`);
    else log.warn({ err: error }, 'no traces: OpenTelemetry cannot be started');
    return async () => {};
  }
}
