import { expect, test } from 'vitest';
import { createClientAddress } from '../../src/access/client-address.ts';
import { addressBlock } from '../../src/ports/address.ts';

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
  ['::ffff:a01:203', '203.0.113.9:52100', '203.0.113.9', 'with a port'],
  ['10.1.2.3', '"', '10.1.2.3', 'a quote'],
  ['10.1.2.3', '[2001:DB8:0:0::1]:443', '2001:db8::1', 'in brackets, with a port'],
  ['10.1.2.3', '[2001:db8::1]', '2001:db8::1', 'in brackets'],
  ['10.1.2.3', 'fe80::1%eth0', 'fe80::1', 'with a zone'],
  ['10.1.2.3:443', '0000:0000:0000:0000:0000:ffff:cb00:7109', '203.0.113.9', 'IPv4 in IPv6, written out'],
  ['10.1.2.3', '203.0.113.9, 192.0.2.1:8080, [fd00::7]:1', '203.0.113.9', 'through proxies with ports'],
  ['10.1.2.3', 'unknown', '10.1.2.3', 'what is no address says nothing'],
  ['10.1.2.3', '203.0.113.9, <script>', '10.1.2.3', 'nor does anything before it'],
])('K9 from %s with "%s" it is %s: %s', (peer, forwardedFor, client) => {
  expect(clientAddress(peer, forwardedFor)).toBe(client);
});

test('K9 without trusted proxies the header is ignored', () => {
  expect(createClientAddress([])('::ffff:192.0.2.7', '203.0.113.9')).toBe('192.0.2.7');
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0:9::', '2001:db8:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['no address', 'no address'],
])('the block of %s is %s', (address, block) => expect(addressBlock(address)).toBe(block));
