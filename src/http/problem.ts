import { HTTPException } from 'hono/http-exception';
import { type ErrorCode, errors, type Fault, publicError, VigiaError } from '../protocol/errors.ts';

/** RFC 9457 problem details, with the error code and, for invalid input, the path of each fault. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  errors?: readonly Fault[];
}

/** By then a restarted database is back, or another instance has taken over. */
const RETRY_AFTER_S = 5;

/** An error as a response. `type` links to the code on the documentation page. */
export function problem(
  code: ErrorCode,
  extra: { detail?: string; errors?: readonly Fault[] | undefined; headers?: Record<string, string> } = {},
): Response {
  const { meaning, http } = errors[code];
  return respond(
    {
      type: `/api/docs#${code}`,
      title: meaning,
      status: http,
      detail: extra.detail ?? meaning,
      code,
      ...(extra.errors && { errors: extra.errors }),
    },
    code === 'rate_limited'
      ? { 'retry-after': '1', ...extra.headers }
      : http === 503
        ? { 'retry-after': String(RETRY_AFTER_S), ...extra.headers }
        : extra.headers,
  );
}

/** For missing things that have no error code of their own, such as a path or a token. */
export function notFound(detail: string): Response {
  return respond({ type: 'about:blank', title: 'Not Found', status: 404, detail, code: 'invalid_payload' });
}

/** The path exists, but not for this method. */
export function methodNotAllowed(method: string, path: string, allowed: readonly string[]): Response {
  const detail = `${path} knows no ${method}, but ${allowed.join(', ')}.`;
  return respond(
    { type: 'about:blank', title: 'Method Not Allowed', status: 405, detail, code: 'invalid_payload' },
    { allow: allowed.join(', ') },
  );
}

/** For a compressed body. */
export function unsupportedEncoding(encoding: string): Response {
  const detail = `A body is sent as it is: Content-Encoding: ${encoding.slice(0, 64)} is not supported.`;
  return respond(
    { type: 'about:blank', title: 'Unsupported Media Type', status: 415, detail, code: 'invalid_payload' },
    { 'accept-encoding': 'identity' },
  );
}

/** The response for a thrown value, and its code. Unexpected errors become `internal`. */
export function problemOf(thrown: unknown): { code: ErrorCode; response: Response } {
  const { code, message, details } = publicError(fromHono(thrown));
  return { code, response: problem(code, { detail: message, errors: details }) };
}

/** Hono itself throws only for a body that is not JSON, by content or content type. */
function fromHono(thrown: unknown): unknown {
  // Node's server throws this if the client aborts the body.
  if (thrown instanceof Error && thrown.message === 'aborted') return new VigiaError('invalid_payload');
  if (!(thrown instanceof HTTPException) || thrown.status >= 500) return thrown;
  return new VigiaError(
    'invalid_payload',
    thrown.status === 415
      ? 'The body must be JSON, sent with Content-Type: application/json.'
      : 'The body is not JSON.',
  );
}

function respond(body: Problem, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}
