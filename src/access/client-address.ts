import { BlockList, isIP } from 'node:net';

/** Whose address a request comes from: of the connection, and of `X-Forwarded-For` where that may be believed. */
export type ClientAddress = (peer: string, forwardedFor: string) => string;

/**
 * Behind a load balancer every connection is the balancer's, and it says for whom. Each hop appends whom it was asked by,
 * so the last one that is no hop of ours is the client; what is before that anybody can have made up.
 * @param proxies addresses and networks (`10.0.0.0/8`) whose word counts
 */
export function createClientAddress(proxies: readonly string[]): ClientAddress {
  if (proxies.length === 0) return plain;
  const trusted = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    if (prefix === undefined) trusted.addAddress(address, familyOf(address));
    else trusted.addSubnet(address, Number(prefix), familyOf(address));
  }
  const isOurs = (address: string) => isIP(address) > 0 && trusted.check(address, familyOf(address));
  return (peer, forwardedFor) => {
    let client = plain(peer);
    for (const hop of forwardedFor
      .split(',')
      .reverse()
      .map((it) => plain(it.trim()))) {
      if (!isOurs(client) || isIP(hop) === 0) break;
      client = hop;
    }
    return client;
  };
}

/** IPv4 as such, where a socket for both tells it as IPv6. */
const plain = (address: string): string => address.replace(/^::ffff:(?=[\d.]+$)/i, '');

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
