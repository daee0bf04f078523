import { fileURLToPath } from 'node:url';

/**
 * Keys and self-signed certificates for the loopback, good for a hundred years: not every machine has openssl to make
 * them. They protect nothing.
 */
export function testCertificate(name: 'own' | 'other' = 'own'): { key: string; cert: string } {
  const file = (kind: string) => fileURLToPath(new URL(`./certificates/${name}-${kind}.pem`, import.meta.url));
  return { key: file('key'), cert: file('cert') };
}
