import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PoolerError } from '#libs/kernel';
import { Pool } from '#libs/pool';
import { tlsFixture } from '../fixtures/tls/index.ts';

const SECRET = 'hunter2';
const root = tlsFixture('root.pem');
const cert = tlsFixture('client.pem');
const key = tlsFixture('leaf.key');
const encrypted = tlsFixture('client-encrypted.key');
const foreign = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
});

/** The options as a caller without types may give them. */
function make(tls: unknown, origin = 'https://localhost'): unknown {
  try {
    return Reflect.construct(Pool, [origin, { tls }]);
  } catch (error) {
    return error;
  }
}

describe('the TLS options', () => {
  it.each<[string, object]>([
    ['nothing', {}],
    ['left out by undefined', { ca: undefined, key: undefined, minVersion: undefined }],
    ['a root', { ca: root }],
    ['roots as bytes', { ca: [Buffer.from(root), new TextEncoder().encode(tlsFixture('other-root.pem'))] }],
    ['several roots in one text', { ca: root + tlsFixture('other-root.pem') }],
    ['a certificate and its key', { cert, key }],
    ['an encrypted key and its passphrase', { cert, key: encrypted, passphrase: 'test' }],
    ['a name', { servername: 'example.test' }],
    ['no protocols at all', { ALPNProtocols: [] }],
    ['the newest version only', { minVersion: 'TLSv1.3' }],
    ['ciphers', { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }],
  ])('take %s', (_what, tls) => {
    expect(make(tls)).toBeInstanceOf(Pool);
  });

  it.each<[string, unknown, string]>([
    ['no object', 1, 'tls must be an object, got 1'],
    [
      'an unknown name',
      { caa: root },
      'a tls option must be one of ca, cert, key, passphrase, servername, ALPNProtocols, minVersion, ciphers, rejectUnauthorized, got "caa"',
    ],
    [
      'a root that is none',
      { ca: SECRET },
      'tls.ca must be certificates in PEM, or a list of such, got something else',
    ],
    ['no roots', { ca: [] }, 'tls.ca must be certificates in PEM, or a list of such, got something else'],
    [
      'a broken root among good ones',
      { ca: [root, root.replace(/[A-Z]{4}\n/, '****\n')] },
      'tls.ca must be certificates in PEM, or a list of such, got something else',
    ],
    [
      'a certificate that is none',
      { cert: SECRET, key },
      'tls.cert must be a certificate in PEM, got something else',
    ],
    [
      'a certificate that is a number',
      { cert: 1, key },
      'tls.cert must be a certificate in PEM, got something else',
    ],
    [
      'a key that is none',
      { cert, key: SECRET },
      'tls.key must be a private key in PEM, which tls.passphrase opens if it is encrypted, got something else',
    ],
    [
      'a passphrase that does not fit',
      { cert, key: encrypted, passphrase: SECRET },
      'tls.key must be a private key in PEM, which tls.passphrase opens if it is encrypted, got something else',
    ],
    [
      'a passphrase that is no text',
      { cert, key, passphrase: 7 },
      'tls.passphrase must be a text, got something else',
    ],
    [
      'the key of another',
      { cert, key: foreign },
      'tls.key must be the private key of tls.cert, got another',
    ],
    ['a key alone', { key }, 'tls.cert must be given together with tls.key, got one without the other'],
    [
      'a certificate alone',
      { cert },
      'tls.cert must be given together with tls.key, got one without the other',
    ],
    [
      'an address as a name',
      { servername: '127.0.0.1' },
      'tls.servername must be a host name, got "127.0.0.1"',
    ],
    [
      'an empty protocol',
      { ALPNProtocols: [''] },
      'tls.ALPNProtocols must be a list of protocol names of 1 to 255 characters, got an array',
    ],
    [
      'an old version',
      { minVersion: 'TLSv1.1' },
      'tls.minVersion must be one of TLSv1.2, TLSv1.3, got "TLSv1.1"',
    ],
    [
      'ciphers that do not exist',
      { ciphers: 'NONSENSE' },
      'tls.ciphers must be a list of ciphers that OpenSSL knows, got something else',
    ],
    [
      'a trust that is no yes or no',
      { rejectUnauthorized: 'no' },
      'tls.rejectUnauthorized must be true or false, got "no"',
    ],
  ])('refuse %s in one sentence, which repeats no secret', (_what, tls, sentence) => {
    const error = make(tls);
    expect(error).toBeInstanceOf(PoolerError);
    expect(error).toMatchObject({ code: 'PLR_INVALID_ARGUMENT', message: sentence });
    expect(JSON.stringify(error) + sentence).not.toContain(SECRET);
  });

  it('are checked for plain origins too: a client has one set for all of its origins', () => {
    expect(make({ ca: 'none' }, 'http://localhost')).toBeInstanceOf(PoolerError);
    expect(make({ ca: root }, 'http://localhost')).toBeInstanceOf(Pool);
  });
});
