import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { testCertificate } from '../support/certificate.ts';
import { configFaults } from '../support/config-faults.ts';

test('without variables the defaults apply', () => {
  const { nodeId, ...config } = loadConfig({});
  expect(nodeId).toMatch(/^[a-z0-9-]{1,32}$/);
  expect(config).toEqual({
    port: 3001,
    host: '0.0.0.0',
    oidcScope: 'openid profile email',
    oidcGroupsClaim: 'groups',
    dataDir: './data',
    playerTokenGraceMs: 604_800_000,
    deviceAuth: 'shared',
    stateIntervalMs: 30_000,
    watchIntervalMs: 2_000,
    tickIntervalMs: 300_000,
    offlineGraceMs: 15_000,
    commandTimeoutMs: 10_000,
    commandRetries: 2,
    keepJournalDays: 30,
    keepCommandDays: 90,
    keepAuditDays: 365,
    keepStatisticsDays: 400,
    keepSnapshots: 200,
    keepSnapshotDays: 30,
    streamIntervalMs: 100,
    maxStateBytes: 262_144,
    maxMessageBytes: 5_000_000,
    maxDevices: 20_000,
    enrolRate: 10,
    enrolBurst: 500,
    playerRate: 50,
    playerBurst: 500,
    drainMs: 10_000,
    rebalanceAfterMs: 60_000,
    logLevel: 'info',
    transport: 'uws',
    basePath: '',
    corsOrigins: [],
    trustedProxies: [],
  });
});

test('P10 PLAYER_HTTP is a template of known parts, and an error message about it contains no password', () => {
  const template = 'http://{address}:3000/snapshots/{file}';
  expect(loadConfig({ PLAYER_HTTP: template }).playerHttp).toBe(template);
  expect(loadConfig({ PLAYER_HTTP: '' }).playerHttp).toBeUndefined();
  expect(configFaults({ PLAYER_HTTP: 'http://{adress}/{file}' })).toContain(
    'PLAYER_HTTP="http://{adress}/{file}": may only contain the placeholders {address}, {lan}, {path} and {file}',
  );
  expect(configFaults({ PLAYER_HTTP: 'http://me:secret@{address}/{file}' })).not.toContain('secret');
});

test('an ADMIN_TOKEN that is short, or equals a player token, is refused', () => {
  expect(configFaults({ ADMIN_TOKEN: 'fifteen-letters' })).toBe(
    'The configuration has a fault:\n  ADMIN_TOKEN (value not shown): must have at least 16 characters',
  );
  const same = 'the-same-for-both';
  for (const tokens of [same, `another, ${same}`]) {
    expect(configFaults({ ADMIN_TOKEN: same, PLAYER_TOKEN: tokens })).toContain('must differ from PLAYER_TOKEN');
  }
  expect(configFaults({ PLAYER_TOKEN: ',' })).toContain('PLAYER_TOKEN');
  expect(loadConfig({ PLAYER_TOKEN: 'one,two' }).playerToken).toBe('one,two');
});

test('each start has another node id', () => {
  expect(loadConfig({}).nodeId).not.toBe(loadConfig({}).nodeId);
});

test('given values are parsed to their types, and cannot be changed afterwards', () => {
  const config = loadConfig({
    PORT: ' 0 ',
    HOST: '::1',
    NODE_ID: 'node-a',
    ADMIN_TOKEN: 'an-admin-token-of-16',
    DEVICE_AUTH: 'provisioned',
    LOG_LEVEL: 'silent',
    CORS_ORIGINS: 'https://a.example, http://localhost:5173',
    TRUSTED_PROXIES: '10.0.0.0/8, fd00::/8,192.168.1.7',
    TICKING_PATHS: 'timestamp, */uptime,vlc/time',
  });
  expect(config).toMatchObject({
    port: 0,
    host: '::1',
    nodeId: 'node-a',
    adminToken: 'an-admin-token-of-16',
    deviceAuth: 'provisioned',
    logLevel: 'silent',
    corsOrigins: ['https://a.example', 'http://localhost:5173'],
    trustedProxies: ['10.0.0.0/8', 'fd00::/8', '192.168.1.7'],
    tickingPaths: ['timestamp', '*/uptime', 'vlc/time'],
  });
  expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
  expect(() => (config.corsOrigins as string[]).push('x')).toThrow(TypeError);
  expect(loadConfig({ CORS_ORIGINS: '*' }).corsOrigins).toBe('*');
});

test('an empty variable counts as unset', () => {
  expect(loadConfig({ PORT: '', HOST: '  ', REDIS_URL: '', TLS_KEY_FILE: '', CORS_ORIGINS: '' })).toMatchObject({
    port: 3001,
    host: '0.0.0.0',
    corsOrigins: [],
  });
});

test('all faults are in one message, one line for each invalid variable', () => {
  const message = configFaults({
    PORT: '65536',
    STATE_INTERVAL_MS: '1e3',
    COMMAND_RETRIES: '-1',
    NODE_ID: 'Node_1',
    DEVICE_AUTH: 'none',
    LOG_LEVEL: 'loud',
    CORS_ORIGINS: 'example.org',
    TICKING_PATHS: 'a b',
    TLS_KEY_FILE: '/nowhere/key.pem',
  });
  const [title, ...lines] = message.split('\n');
  expect(title).toBe('The configuration has 10 faults:');
  expect(lines.map((line) => /^ {2}([A-Z_]+)/.exec(line)?.[1]).sort()).toEqual([
    'COMMAND_RETRIES',
    'CORS_ORIGINS',
    'DEVICE_AUTH',
    'LOG_LEVEL',
    'NODE_ID',
    'PORT',
    'STATE_INTERVAL_MS',
    'TICKING_PATHS',
    'TLS_CERT_FILE',
    'TLS_KEY_FILE',
  ]);
  expect(lines).toContain('  PORT="65536": must be a whole number from 0 to 65535');
  expect(lines).toContain('  DEVICE_AUTH="none": must be one of shared, provisioned');
  expect(lines).toContain('  TLS_KEY_FILE="/nowhere/key.pem": must be a file that can be read (ENOENT)');
  expect(lines).toContain('  TLS_CERT_FILE (unset): must be set together with TLS_KEY_FILE, or neither of them');
});

test('a single fault is reported in the singular', () => {
  expect(configFaults({ PORT: 'x' })).toBe(
    'The configuration has a fault:\n  PORT="x": must be a whole number from 0 to 65535',
  );
});

test.each(['3001.5', '0x10', '٣', '1 000', '99999999999999', '-0', 'NaN'])('PORT=%s is not a port', (PORT) => {
  expect(configFaults({ PORT })).toContain('PORT=');
});

test('an invalid token or address is named, but its value is not shown', () => {
  const message = configFaults({
    ADMIN_TOKEN: 'hunter2 with spaces',
    PLAYER_TOKEN: 'hunter2\nhunter2',
    METRICS_TOKEN: 'hünter2',
    REDIS_URL: 'http://:hunter2@cache',
    DATABASE_URL: 'mysql://vigia:hunter2@database/vigia',
  });
  expect(message.split('\n')).toHaveLength(6);
  expect(message).not.toMatch(/h[uü]nter2/);
});

test('K1 instances of a cluster share their database and their tokens', () => {
  const message = configFaults({ REDIS_URL: 'redis://localhost:6379', PLAYER_TOKEN: 'p' });
  expect(message).toContain('ADMIN_TOKEN (unset): must be set where REDIS_URL is');
  expect(message).not.toContain('PLAYER_TOKEN (');
  expect(message).toContain('DATABASE_URL (unset): must be set where REDIS_URL is');
});

test('TLS needs both files, readable', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vigia-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const { key, cert } = testCertificate();

  expect(loadConfig({ TLS_KEY_FILE: key, TLS_CERT_FILE: cert })).toMatchObject({ tlsKeyFile: key, tlsCertFile: cert });
  expect(configFaults({ TLS_CERT_FILE: cert })).toContain(
    'TLS_KEY_FILE (unset): must be set together with TLS_CERT_FILE',
  );
  expect(configFaults({ TLS_KEY_FILE: key, TLS_CERT_FILE: directory })).toContain('(EISDIR)');
});

test('TLS files must contain a certificate and its key', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vigia-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const { key, cert } = testCertificate();
  const other = testCertificate('other');
  const junk = join(directory, 'junk.pem');
  writeFileSync(junk, 'junk');

  expect(configFaults({ TLS_KEY_FILE: key, TLS_CERT_FILE: junk })).toContain('must hold a certificate');
  expect(configFaults({ TLS_KEY_FILE: junk, TLS_CERT_FILE: cert })).toContain('must hold a private key');
  expect(configFaults({ TLS_KEY_FILE: other.key, TLS_CERT_FILE: cert })).toContain(
    'must be the key of the certificate',
  );
});

test('T10 the logo of the company is a small PNG or JPEG', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigia-logo-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = (name: string, bytes: Buffer) => {
    writeFileSync(join(folder, name), bytes);
    return { COMPANY_LOGO_FILE: join(folder, name) };
  };
  const png = Buffer.from('89504e470d0a1a0a', 'hex');
  expect(loadConfig(file('a.png', png)).companyLogoFile).toBe(join(folder, 'a.png'));
  const refused = 'must be a PNG or JPEG image of at most 256 KiB';
  expect(() => loadConfig(file('a.svg', Buffer.from('<svg/>')))).toThrow(refused);
  expect(() => loadConfig(file('b.png', Buffer.concat([png, Buffer.alloc(262_144)])))).toThrow(refused);
  expect(() => loadConfig({ COMPANY_LOGO_FILE: join(folder, 'none.png') })).toThrow('must be a file that can be read');
});
