import { createHash, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export const CLIENT = { id: 'vigia', secret: 'client-secret' };

/** A small OpenID Connect provider on this machine, which signs everybody in as its current user. */
export async function startIdentityProvider() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' };
  const grants = new Map<string, URLSearchParams>();
  const state = { user: { sub: 'u1', name: 'Ana', groups: ['signage'] } as Record<string, unknown>, asked: 0 };

  function sign(claims: object): string {
    const part = (it: object) => Buffer.from(JSON.stringify(it)).toString('base64url');
    const text = `${part({ alg: 'RS256', kid: 'k1' })}.${part(claims)}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey).toString('base64url')}`;
  }

  async function token(req: IncomingMessage): Promise<object | undefined> {
    let body = '';
    for await (const chunk of req) body += chunk;
    const given = new URLSearchParams(body);
    const grant = grants.get(given.get('code') ?? '');
    grants.delete(given.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(given.get('code_verifier') ?? '')
      .digest('base64url');
    const isClient = given.get('client_id') === CLIENT.id && given.get('client_secret') === CLIENT.secret;
    const isGood = grant?.get('code_challenge') === challenge && isClient;
    if (!isGood || grant?.get('redirect_uri') !== given.get('redirect_uri')) return undefined;
    const now = Math.floor(Date.now() / 1000);
    const times = { iat: now, exp: now + 300 };
    const claims = { iss: issuer, aud: CLIENT.id, nonce: grant.get('nonce'), ...times, ...state.user };
    return { access_token: randomUUID(), token_type: 'Bearer', expires_in: 300, id_token: sign(claims) };
  }

  const server = createServer(async (req, res) => {
    const url = new URL(req.url ?? '/', issuer);
    const json = (status: number, body: object) =>
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (url.pathname === '/.well-known/openid-configuration') {
      json(200, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
      });
    } else if (url.pathname === '/jwks') json(200, { keys: [key] });
    else if (url.pathname === '/authorize') {
      state.asked++;
      const code = randomUUID();
      grants.set(code, url.searchParams);
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('code', code);
      back.searchParams.set('state', url.searchParams.get('state') ?? '');
      res.writeHead(302, { location: back.href }).end();
    } else if (url.pathname === '/token') {
      const answer = await token(req);
      json(answer ? 200 : 400, answer ?? { error: 'invalid_grant' });
    } else json(404, {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    state,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
