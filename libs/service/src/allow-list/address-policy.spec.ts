import { describe, expect, it } from 'vitest';
import { refusalOfAddress, refusalOfHostname } from './address-policy.ts';

const STRICT = { allowPrivate: false };
const LENIENT = { allowPrivate: true };

describe('an address', () => {
  it.each(['93.184.216.34', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '64:ff9b::808:808'])(
    '%s may be dialled by anyone',
    (ip) => {
      expect(refusalOfAddress(ip, 'example.com', STRICT)).toBeUndefined();
    },
  );

  it.each([
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '127.0.0.1',
    '127.8.8.8',
    '100.64.0.1',
    '198.18.0.1',
    '::1',
    'fd12:3456::1',
    'fec0::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '0:0:0:0:0:ffff:192.168.0.1',
    '64:ff9b::10.0.0.1',
  ])('%s is private: dialled only where the target says so', (ip) => {
    expect(refusalOfAddress(ip, 'a.example', STRICT)).toBe('private');
    expect(refusalOfAddress(ip, 'a.example', LENIENT)).toBeUndefined();
  });

  it.each([
    ['169.254.1.1', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['::ffff:169.254.7.7', 'link-local'],
    ['169.254.169.254', 'metadata'],
    ['::ffff:a9fe:a9fe', 'metadata'],
    ['64:ff9b::169.254.169.254', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['fd20:ce::254', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['0.0.0.0', 'unusable'],
    ['::', 'unusable'],
    ['::7f00:1', 'unusable'],
    ['224.0.0.1', 'unusable'],
    ['255.255.255.255', 'unusable'],
    ['ff02::1', 'unusable'],
    ['2002:7f00:1::', 'unusable'],
    ['2001::1', 'unusable'],
    ['not an address', 'unusable'],
    ['', 'unusable'],
  ])('%s is %s and never dialled', (ip, refusal) => {
    expect(refusalOfAddress(ip, 'a.example', STRICT)).toBe(refusal);
    expect(refusalOfAddress(ip, 'a.example', LENIENT)).toBe(refusal);
  });

  it('is refused under the name of a metadata service, whatever it is', () => {
    expect(refusalOfAddress('8.8.8.8', 'Metadata.Google.Internal.', LENIENT)).toBe('metadata');
  });
});

describe('the host of a URL, before DNS', () => {
  const refusalOf = (url: string, rules = LENIENT) => refusalOfHostname(new URL(url).hostname, rules);

  it.each([
    ['http://169.254.169.254/', 'metadata'],
    ['http://2852039166/', 'metadata'],
    ['http://0xa9fea9fe/', 'metadata'],
    ['http://0251.0376.0251.0376/', 'metadata'],
    ['http://[::ffff:169.254.169.254]/', 'metadata'],
    ['http://[fe80::1]/', 'link-local'],
    ['http://metadata.google.internal/', 'metadata'],
    ['http://metadata.google.internal./', 'metadata'],
    ['http://0/', 'unusable'],
  ])('%s is refused: %s', (url, refusal) => {
    expect(refusalOf(url)).toBe(refusal);
  });

  it.each(['http://127.1/', 'http://localhost:8080/', 'http://a.localhost/', 'http://[::1]/'])(
    '%s is private',
    (url) => {
      expect(refusalOf(url, STRICT)).toBe('private');
      expect(refusalOf(url)).toBeUndefined();
    },
  );

  it('is left to DNS where it is a name like any other', () => {
    expect(refusalOf('http://169.254.169.254.example.com/', STRICT)).toBeUndefined();
  });
});
