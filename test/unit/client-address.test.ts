import { expect, test } from 'vitest';
import { createClientAddress } from '../../src/access/client-address.ts';

const clientAddress = createClientAddress(['10.0.0.0/8', 'fd00::/8', '192.0.2.1']);

test.each([
  ['198.51.100.1', '203.0.113.9', '198.51.100.1', 'a stranger is who it is'],
  ['10.1.2.3', '', '10.1.2.3', 'a proxy that asks for itself'],
  ['10.1.2.3', '203.0.113.9', '203.0.113.9', 'a proxy says for whom'],
  ['10.1.2.3', '9.9.9.9, 203.0.113.9', '203.0.113.9', 'what the client claims comes first'],
  ['10.1.2.3', '203.0.113.9, 192.0.2.1', '203.0.113.9', 'through two proxies'],
  ['10.1.2.3', '10.9.9.9,192.0.2.1', '10.9.9.9', 'a client in the same network'],
  ['::ffff:10.1.2.3', '::ffff:203.0.113.9', '203.0.113.9', 'IPv4 in IPv6'],
  ['fd00::7', '2001:db8::1', '2001:db8::1', 'IPv6'],
  ['10.1.2.3', 'unknown', '10.1.2.3', 'what is no address says nothing'],
  ['10.1.2.3', '203.0.113.9, <script>', '10.1.2.3', 'nor does anything before it'],
])('K9 from %s with "%s" it is %s: %s', (peer, forwardedFor, client) => {
  expect(clientAddress(peer, forwardedFor)).toBe(client);
});
