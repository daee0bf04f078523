import { register } from 'node:module';

/** For `--import`: simulates a system on which the native server does not load. */
const hooks = `export async function resolve(specifier, context, next) {
  if (specifier === 'uWebSockets.js') throw new Error('no binary for this machine');
  return next(specifier, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
