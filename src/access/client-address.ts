import { BlockList, isIP } from 'node:net';
import { plainAddress } from '../ports/address.ts';

/** The client's address, from the connection's peer address and the `X-Forwarded-For` header. */
export type ClientAddress = (peer: string, forwardedFor: string) => string;

/**
 * Each proxy appends its peer's address to `X-Forwarded-For`, so the last entry that is not a trusted proxy is the
 * client. Clients can forge everything before it.
 * @param proxies trusted addresses and networks (`10.0.0.0/8`)
 */
export function createClientAddress(proxies: readonly string[]): ClientAddress {
  const isOurs = createIsTrusted(proxies);
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

/** Whether an address is that of a trusted proxy, whose headers are believed. */
export function createIsTrusted(proxies: readonly string[]): (address: string) => boolean {
  const trusted = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    if (prefix === undefined) trusted.addAddress(address, familyOf(address));
    else trusted.addSubnet(address, Number(prefix), familyOf(address));
  }
  return (address) => {
    const plain = plainAddress(address) ?? address;
    return isIP(plain) > 0 && trusted.check(plain, familyOf(plain));
  };
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
