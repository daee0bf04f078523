import { describe, expect, it } from 'vitest';
import { faultOfTemplate, type PictureSource, pictureUrl } from '../../src/pictures/player-http.ts';

const TEMPLATE = 'http://{address}:3000/snapshots/{file}';
const source = (some: Partial<PictureSource>): PictureSource => ({
  address: '203.0.113.9',
  reported: [],
  path: 'public/snapshots/snapshot.jpg',
  ...some,
});
const url = (template: string, some: Partial<PictureSource> = {}, own: string[] = []) =>
  pictureUrl(template, source(some), own).href;

describe('P10 PLAYER_HTTP is validated at the start', () => {
  it.each([
    TEMPLATE,
    'https://{lan}/{path}',
    'http://{address}:3000/{path}?at={file}',
    'http://{address}:3000/snapshots/snapshot.jpg',
    'HTTP://{address}',
    'http://192.0.2.7:8080/{file}',
    'http://[2001:db8::7]/{file}',
    'http://gateway.example/{lan}/{path}',
  ])('%s is valid', (template) => {
    expect(faultOfTemplate(template)).toBeUndefined();
  });

  it.each([
    ['ftp://{address}/{file}', 'http:// or https://'],
    ['{address}:3000/{file}', 'http:// or https://'],
    ['/snapshots/{file}', 'http:// or https://'],
    ['http://{adress}/{file}', 'may only contain the placeholders'],
    ['http://{address}/{}', 'may only contain the placeholders'],
    ['http://{address}/{file', 'may only contain the placeholders'],
    ['http://{address}/{{file}}', 'may only contain the placeholders'],
    ['http://', 'such as'],
    ['http://{file}/x.jpg', 'such as'],
    ['http://{path}', 'such as'],
    ['http://x{address}/{file}', 'such as'],
    ['http://{address}.example/{file}', 'such as'],
    ['http://{address}{lan}/{file}', 'such as'],
    ['http://user:secret@{address}/{file}', 'such as'],
    ['http://{address}:{file}/', 'such as'],
    ['http://{address}:99999/{file}', 'such as'],
    ['http://{address}/a b/{file}', 'such as'],
    ['http://{address}/{file}#{file}', 'such as'],
    ['http://{address}\\{file}', 'such as'],
  ])('%s is invalid: %s', (template, fault) => {
    expect(faultOfTemplate(template)).toContain(fault);
  });
});

describe('P10 {address} is the peer address, and nothing but an IP address', () => {
  it.each([
    ['192.0.2.20', 'http://192.0.2.20:3000/snapshots/snapshot.jpg'],
    // The peer address as seen by this server: a player on the same machine.
    ['127.0.0.1', 'http://127.0.0.1:3000/snapshots/snapshot.jpg'],
    ['2001:db8::7', 'http://[2001:db8::7]:3000/snapshots/snapshot.jpg'],
    ['::1', 'http://[::1]:3000/snapshots/snapshot.jpg'],
  ])('%s', (address, expected) => {
    expect(url(TEMPLATE, { address })).toBe(expected);
  });

  it.each(['', 'localhost', 'evil.example', '192.0.2.1/x', '192.0.2.1@evil', '0x7f.1', '010.1.1.1', 'fe80::1%eth0'])(
    '%j is none',
    (address) => {
      expect(() => url(TEMPLATE, { address })).toThrow(expect.objectContaining({ reason: 'no_address' }));
    },
  );
});

describe('P10 {lan} is a private address that the device reports', () => {
  const lan = (reported: string[], own: string[] = [], address = '203.0.113.9') =>
    new URL(url('http://{lan}/{file}', { reported, address }, own)).hostname;

  it.each(['10.1.2.3', '172.16.0.9', '172.31.255.1', '192.168.1.40'])('%s', (address) => {
    expect(lan([address])).toBe(address);
  });

  it.each(['fd12:3456::7', 'fc00::7'])('%s', (address) => {
    expect(lan([address])).toBe(`[${address}]`);
  });

  it.each([
    ['the metadata of clouds', '169.254.169.254'],
    ['the metadata of clouds', 'fd00:ec2::254'],
    ['the same, written otherwise', 'fd00:0ec2:0:0:0:0:0:0254'],
    ['link-local', '169.254.7.7'],
    ['link-local', 'fe80::7'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.9.9.9'],
    ['loopback', '::1'],
    ['unspecified', '0.0.0.0'],
    ['unspecified', '::'],
    ['mapped loopback', '::ffff:127.0.0.1'],
    ['mapped loopback', '::ffff:7f00:1'],
    ['mapped link-local', '::ffff:169.254.169.254'],
    ['mapped private', '::ffff:10.0.0.1'],
    ['public', '192.0.2.20'],
    ['public', '172.32.0.1'],
    ['public', '2001:db8::7'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['no address', 'localhost'],
    ['no address', '10.0.0.1@evil.example'],
    ['no address', '10.1'],
    ['no address', '0x0a.0.0.1'],
    ['no address', ''],
  ])('%s is never one: %s', (_, address) => {
    expect(() => lan([address])).toThrow(expect.objectContaining({ reason: 'no_address', code: 'unavailable' }));
    expect(lan([address, '10.0.0.8'])).toBe('10.0.0.8');
  });

  it("the server's own address is never one, in any notation", () => {
    const own = ['127.0.0.1', '10.0.0.1', 'fd00::1', '::1'];
    for (const address of ['10.0.0.1', 'fd00::1', 'fd00:0:0::0:1'])
      expect(() => lan([address], own)).toThrow(expect.objectContaining({ reason: 'no_address' }));
    expect(lan(['10.0.0.1', '10.0.0.2'], own)).toBe('10.0.0.2');
  });

  it('of several, the peer address', () => {
    expect(lan(['172.17.0.1', '10.0.0.2'], [], '10.0.0.2')).toBe('10.0.0.2');
  });
});

describe('P10 {path} is the path as reported, {file} its last part', () => {
  it.each([
    ['public/snapshots/snapshot.jpg', 'public/snapshots/snapshot.jpg', 'snapshot.jpg'],
    ['/snapshots/snapshot.jpg', 'snapshots/snapshot.jpg', 'snapshot.jpg'],
    ['./public/a.jpg', 'public/a.jpg', 'a.jpg'],
    ['a.jpg', 'a.jpg', 'a.jpg'],
    ['shots/12:30 ä#1?.jpg', 'shots/12%3A30%20%C3%A4%231%3F.jpg', '12%3A30%20%C3%A4%231%3F.jpg'],
    ['shots/a%20b.jpg', 'shots/a%20b.jpg', 'a%20b.jpg'],
    ['100%.jpg', '100%25.jpg', '100%25.jpg'],
    ['a@b/{lan}.jpg', 'a%40b/%7Blan%7D.jpg', '%7Blan%7D.jpg'],
    ['...jpg', '...jpg', '...jpg'],
    ['$&/$1.jpg', '%24%26/%241.jpg', '%241.jpg'],
  ])('%s', (path, whole, file) => {
    expect(url('http://{address}/{path}', { path })).toBe(`http://203.0.113.9/${whole}`);
    expect(url('http://{address}/{file}', { path })).toBe(`http://203.0.113.9/${file}`);
  });

  it.each([
    '..',
    '../secret.jpg',
    'a/../b.jpg',
    'a/..',
    '%2e%2e/b.jpg',
    'a/%2E%2E/b.jpg',
    '.%2e/b.jpg',
    '%252e%252e/b.jpg',
    'a%2fb.jpg',
    'a%252fb.jpg',
    'a%5cb.jpg',
    'a%00.jpg',
    'a%0d%0ab.jpg',
    'http://evil.example/x.jpg',
    'HTTP:/evil/x.jpg',
    'file:x.jpg',
    'javascript:x',
    '//evil.example/x.jpg',
    '/%2fevil/x.jpg',
    '\\\\evil\\x.jpg',
    'a\\b.jpg',
    'a\0.jpg',
    'a\r\nb.jpg',
    'a//b.jpg',
    'a/',
    '/',
    '.',
    '%2e',
    '',
    '\ud800.jpg',
    'x'.repeat(1025),
  ])('%j is refused', (path) => {
    for (const template of ['http://{address}/{path}', TEMPLATE, 'http://{address}/always.jpg'])
      expect(() => url(template, { path })).toThrow(
        expect.objectContaining({ reason: 'bad_path', code: 'invalid_payload' }),
      );
  });
});
