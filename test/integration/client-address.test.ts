import { Agent, request } from 'node:http';
import { expect, it } from 'vitest';
import { next, playerOfSecondGeneration } from '../support/clients.ts';
import { startBalancer } from '../support/haproxy.ts';
import { startServer, type TestServer } from '../support/server.ts';

/** On Linux all of 127/8 is local, so a client can use any of these addresses. */
const [PROXY, CLIENT] = ['127.0.0.1', '127.0.0.2'];
const CLAIM = { 'x-forwarded-for': '203.0.113.9' };

async function connectedFrom(server: TestServer, deviceId: string, transports: string[], from: string) {
  const agent = new Agent({ localAddress: from });
  const player = playerOfSecondGeneration(server, deviceId, {
    transports,
    agent: agent as never,
    extraHeaders: CLAIM,
  });
  await next(player, 'connect');
  await player.emitWithAck('player:register', { deviceId });
  return (await server.call(`/devices/${deviceId}`)).body.document.connection.address;
}

/** Sends a refused request, and returns its address in the audit. */
async function refusedFrom(server: TestServer, from: string) {
  await new Promise<void>((resolve, reject) => {
    const headers = { ...CLAIM, authorization: 'Bearer nobody' };
    request(`${server.url}/api/v1/devices`, { localAddress: from, headers }, (answer) => {
      answer.resume().once('end', resolve);
    })
      .once('error', reject)
      .end();
  });
  const { records } = (await server.call('/audit?limit=1&kind=login.failed')).body;
  return records[0]?.actor;
}

it('K9 behind a trusted proxy a client has its own address, whatever it claims; other proxies are not believed', async () => {
  const server = await startServer({ TRUSTED_PROXIES: PROXY });
  const balancer = await startBalancer([server, server, server]);
  for (const transports of [['polling'], ['websocket']]) {
    expect(await connectedFrom(balancer, `behind-${transports}`, transports, CLIENT)).toBe(CLIENT);
    expect(await connectedFrom(server, `before-${transports}`, transports, CLIENT)).toBe(CLIENT);
  }
  expect(await refusedFrom(balancer, CLIENT)).toBe(CLIENT);
  expect(await refusedFrom(server, CLIENT)).toBe(CLIENT);
});

it('K9 without trusted proxies, the client is the peer of the connection', async () => {
  const server = await startServer();
  expect(await connectedFrom(server, 'd', ['websocket'], PROXY)).toBe(PROXY);
  expect(await refusedFrom(server, PROXY)).toBe(PROXY);
});
