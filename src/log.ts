import { createRequire } from 'node:module';
import pino, { type Bindings, type DestinationStream, type Logger } from 'pino';
import type pinoPretty from 'pino-pretty';

/** What is never written, whatever case and prefix its key has: `token`, `authToken`, `METRICS_TOKEN`, `Authorization`. */
const SECRET = /(token|authorization|password|secret|cookie)$/i;
const REDACTED = '[redacted]';
const MAX_DEPTH = 8;

export interface LogOptions {
  logLevel: string;
  /** The instance's name, in every line. */
  nodeId: string;
}

/**
 * JSON lines with ISO times; readable lines when they go to a terminal. Secrets in logged objects, errors and
 * bindings of children are replaced at every depth. What is interpolated into a message is written as it is.
 */
export function createLogger({ logLevel, nodeId }: LogOptions, destination: DestinationStream = terminal()): Logger {
  const clean = (object: object) => withoutSecrets(object, 0) as Record<string, unknown>;
  const logger = pino(
    {
      level: logLevel,
      base: { node: nodeId },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: clean },
      // `clean` has made plain objects of all errors; pino must not take them for errors again.
      serializers: { err: (error) => error },
    },
    destination,
  );
  // Bindings of children pass by no formatter. Children inherit this method, and so do theirs.
  const { child } = logger;
  return Object.assign(logger, {
    child(this: Logger, bindings: Bindings, options?: object) {
      return Reflect.apply(child, this, [clean(bindings), options]);
    },
  });
}

/** Of lines that nobody reads so much waits; what comes after it is lost. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

/** Readable lines are for a person; JSON lines go out together once a turn, and a slow reader of them delays nobody. */
function terminal(): DestinationStream {
  const out = process.stdout;
  if (out.isTTY) {
    // Loaded for a person only.
    const pretty: typeof pinoPretty = createRequire(import.meta.url)('pino-pretty');
    return pretty({ sync: true, translateTime: 'HH:MM:ss.l', ignore: 'node' });
  }
  // Its reader is gone: that is no reason to stop. (pino's own destination waits for it at the end, for good.)
  out.on('error', () => {});
  const send = () => out.uncork();
  process.once('exit', send);
  return {
    write(line) {
      if (out.writableLength > MAX_UNREAD_BYTES) return;
      if (out.writableCorked === 0) {
        out.cork();
        setImmediate(send);
      }
      out.write(line);
    },
  };
}

/** A copy for the log. (pino's own `redact` needs a path for each depth, which costs 37 µs a line instead of 1.) */
function withoutSecrets(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return '[deeper]';
  if (value instanceof Error) return withoutSecrets(pino.stdSerializers.err(value), depth);
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, depth + 1));
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if ('toJSON' in value) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    copy[key] = SECRET.test(key) && item !== undefined ? REDACTED : withoutSecrets(item, depth + 1);
  }
  return copy;
}
