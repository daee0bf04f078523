import { expect, test } from 'vitest';
import { certificateRemedy } from '../../src/client/diagnosis.ts';

test.each([
  ['CERT_HAS_EXPIRED', 'Renew it'],
  ['CERT_REVOKED', 'replace it'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'NODE_EXTRA_CA_CERTS'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'NODE_EXTRA_CA_CERTS'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'fullchain.pem'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'Use a name'],
])('I13 %s is about the certificate of the server', (code, remedy) => {
  expect(certificateRemedy(code)).toContain(remedy);
});

test.each(['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'ECONNREFUSED'])(
  'I13 %s is not: a server sends it about the one of the client, or never shows one',
  (code) => {
    expect(certificateRemedy(code)).toBeUndefined();
  },
);
