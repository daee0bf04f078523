import { HTTPException } from 'hono/http-exception';
import { type ErrorCode, errors, type Fault, publicError, VigiaError } from '../protocol/errors.ts';

/** RFC 9457, with the code of the error table and, where the input was wrong, the path of each fault. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  errors?: readonly Fault[];
}

/** By then a database that was restarted is back, or another instance has taken over. */
const RETRY_AFTER_S = 5;

/** A refusal as a response. `type` leads to the code's row on the documentation page. */
export function problem(
  code: ErrorCode,
  told: { detail?: string; errors?: readonly Fault[] | undefined; headers?: Record<string, string> } = {},
): Response {
  const { meaning, http } = errors[code];
  return respond(
    {
      type: `/api/docs#${code}`,
      title: meaning,
      status: http,
      detail: told.detail ?? meaning,
      code,
      ...(told.errors && { errors: told.errors }),
    },
    code === 'rate_limited'
      ? { 'retry-after': '1', ...told.headers }
      : http === 503
        ? { 'retry-after': String(RETRY_AFTER_S), ...told.headers }
        : told.headers,
  );
}

/** For what has no code of its own: an address, or a token, that does not exist. */
export function notFound(detail: string): Response {
  return respond({ type: 'about:blank', title: 'Not Found', status: 404, detail, code: 'invalid_payload' });
}

/** Right address, wrong verb. */
export function methodNotAllowed(method: string, path: string, allowed: readonly string[]): Response {
  const detail = `${path} knows no ${method}, but ${allowed.join(', ')}.`;
  return respond(
    { type: 'about:blank', title: 'Method Not Allowed', status: 405, detail, code: 'invalid_payload' },
    { allow: allowed.join(', ') },
  );
}

/** A body that is compressed. */
export function unsupportedEncoding(encoding: string): Response {
  const detail = `A body is sent as it is: Content-Encoding: ${encoding.slice(0, 64)} is not supported.`;
  return respond(
    { type: 'about:blank', title: 'Unsupported Media Type', status: 415, detail, code: 'invalid_payload' },
    { 'accept-encoding': 'identity' },
  );
}

/** The response for a thrown value, and its code. What is not meant for the outside becomes `internal`. */
export function problemOf(thrown: unknown): { code: ErrorCode; response: Response } {
  const { code, message, details } = publicError(fromHono(thrown));
  return { code, response: problem(code, { detail: message, errors: details }) };
}

/** Hono itself throws only for a body that is not JSON, by its content or by its content type. */
function fromHono(thrown: unknown): unknown {
  // Node's own server says so of a body that its sender broke off.
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
