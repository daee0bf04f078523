import { BlockList, isIP } from 'node:net';
import { plainAddress } from '../ports/address.ts';

/** Whose address a request comes from: of the connection, and of `X-Forwarded-For` where that may be believed. */
export type ClientAddress = (peer: string, forwardedFor: string) => string;

/**
 * Behind a load balancer every connection is the balancer's, and it says for whom. Each hop appends whom it was asked by,
 * so the last one that is no hop of ours is the client; what is before that anybody can have made up.
 * @param proxies addresses and networks (`10.0.0.0/8`) whose word counts
 */
export function createClientAddress(proxies: readonly string[]): ClientAddress {
  const trusted = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    if (prefix === undefined) trusted.addAddress(address, familyOf(address));
    else trusted.addSubnet(address, Number(prefix), familyOf(address));
  }
  const isOurs = (address: string) => isIP(address) > 0 && trusted.check(address, familyOf(address));
  return (peer, forwardedFor) => {
    let client = plainAddress(peer) ?? peer;
    if (proxies.length === 0) return client;
    for (const text of forwardedFor.split(',').reverse()) {
      const hop = plainAddress(text);
      if (!isOurs(client) || hop === undefined) break;
      client = hop;
    }
    return client;
  };
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
