import { register } from 'node:module';

/** For `--import`: simulates an installation without the SDK of OpenTelemetry. */
const hooks = `export async function resolve(specifier, context, next) {
  if (specifier !== '@opentelemetry/sdk-node') return next(specifier, context);
  throw Object.assign(new Error('not installed'), { code: 'ERR_MODULE_NOT_FOUND' });
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
