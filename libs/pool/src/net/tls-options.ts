import { isIP } from 'node:net';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import { PoolerError, invalidArgument, refuseUnknownOptions } from '#libs/kernel';

/** One or more certificates, or a key, in PEM. */
export type Pem = string | Uint8Array;

/** How connections to `https:` origins are secured, by Node's names. */
export interface TlsOptions {
  /** The roots to trust. Default: Node's own, with those of `NODE_EXTRA_CA_CERTS`. */
  readonly ca?: Pem | readonly Pem[] | undefined;
  /** The certificate that we show, with the chain behind it. Default none; only together with `key`. */
  readonly cert?: Pem | undefined;
  /** The private key of `cert`. */
  readonly key?: Pem | undefined;
  /** Opens an encrypted `key`. */
  readonly passphrase?: string | undefined;
  /** The name asked for (SNI, RFC 6066) and looked for in the certificate. Default: the host of the origin. */
  readonly servername?: string | undefined;
  /** The protocols offered (ALPN, RFC 7301). Default `['http/1.1']`; a peer that picks another one fails as `PLR_TLS`. */
  readonly ALPNProtocols?: readonly string[] | undefined;
  /** Default `TLSv1.2`; older ones are out of use (RFC 8996). */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** OpenSSL's cipher list. Default: Node's. */
  readonly ciphers?: string | undefined;
  /** `false` takes any certificate and trusts any peer. Default true. */
  readonly rejectUnauthorized?: boolean | undefined;
}

/** The options, checked; keys and certificates lie in the context. */
export interface ResolvedTlsOptions {
  readonly secureContext: SecureContext;
  readonly servername: string | undefined;
  readonly ALPNProtocols: readonly string[];
  readonly rejectUnauthorized: boolean;
}

/** Checks the options and fills in the defaults. Throws `PLR_INVALID_ARGUMENT`, which never repeats a key or a passphrase. */
export function resolveTlsOptions(options: TlsOptions): ResolvedTlsOptions {
  if (typeof options !== 'object' || options === null) throw invalidArgument('tls', options, 'an object');
  const { ca, cert, key, passphrase, ciphers, servername } = options;
  const { ALPNProtocols = ['http/1.1'], minVersion = 'TLSv1.2', rejectUnauthorized = true } = options;
  const known = {
    ca,
    cert,
    key,
    passphrase,
    servername,
    ALPNProtocols,
    minVersion,
    ciphers,
    rejectUnauthorized,
  };
  refuseUnknownOptions('tls', options, known);
  if (servername !== undefined && (!isText(servername) || isIP(servername) !== 0))
    throw invalidArgument('tls.servername', servername, 'a host name');
  if (minVersion !== 'TLSv1.2' && minVersion !== 'TLSv1.3')
    throw invalidArgument('tls.minVersion', minVersion, 'one of TLSv1.2, TLSv1.3');
  if (typeof rejectUnauthorized !== 'boolean')
    throw invalidArgument('tls.rejectUnauthorized', rejectUnauthorized, 'true or false');
  checkProtocols(ALPNProtocols);
  checkRoots(ca);
  checkPem('tls.cert', cert, 'a certificate in PEM');
  checkPem('tls.key', key, 'a private key in PEM');
  if (passphrase !== undefined && typeof passphrase !== 'string') throw refused('tls.passphrase', 'a text');
  if (ciphers !== undefined && !isText(ciphers))
    throw invalidArgument('tls.ciphers', ciphers, 'a cipher list');
  if ((cert === undefined) !== (key === undefined))
    throw refused('tls.cert', 'given together with tls.key', 'one without the other');
  return {
    secureContext: contextOf({ ca, cert, key, passphrase, ciphers, minVersion }),
    servername,
    ALPNProtocols: [...ALPNProtocols],
    rejectUnauthorized,
  };
}

type ContextOptions = Pick<TlsOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'ciphers' | 'minVersion'>;

function contextOf(options: ContextOptions): SecureContext {
  try {
    return securedBy(options);
  } catch {
    throw blame(options);
  }
}

function securedBy({ ca, cert, key, ...rest }: ContextOptions): SecureContext {
  const roots = ca === undefined ? undefined : (isPem(ca) ? [ca] : ca).map(bytesOf);
  const context: SecureContextOptions = {
    ca: roots,
    cert: cert && bytesOf(cert),
    key: key && bytesOf(key),
    ...rest,
  };
  // Loaded here, since with what it brings along it takes more memory than the pool itself.
  return process.getBuiltinModule('node:tls').createSecureContext(context);
}

/** Which of the options OpenSSL can't take: each is tried alone. */
function blame({ cert, key, passphrase, ciphers }: ContextOptions): PoolerError {
  const suspects: ReadonlyArray<readonly [field: string, part: ContextOptions, allowed: string]> = [
    ['tls.cert', { cert }, 'a certificate in PEM'],
    ['tls.key', { key, passphrase }, 'a private key in PEM, which tls.passphrase opens if it is encrypted'],
    ['tls.ciphers', { ciphers }, 'a list of ciphers that OpenSSL knows'],
  ];
  for (const [field, part, allowed] of suspects) {
    try {
      securedBy(part);
    } catch {
      return refused(field, allowed);
    }
  }
  return refused('tls.key', 'the private key of tls.cert', 'another');
}

/** A refusal that does not show the value, since it may be a secret. */
function refused(field: string, allowed: string, got = 'something else'): PoolerError {
  const sentence = `${field} must be ${allowed}, got ${got}`;
  return new PoolerError('PLR_INVALID_ARGUMENT', sentence, { phase: 'argument' });
}

const CERTIFICATE = /-----BEGIN ((?:TRUSTED |X509 )?CERTIFICATE)-----.+?-----END \1-----/gs;

/** OpenSSL ignores roots that it can't read; the peer would then be refused for no visible reason. */
function checkRoots(ca: TlsOptions['ca']): void {
  if (ca === undefined) return;
  const roots: readonly unknown[] = Array.isArray(ca) ? ca : [ca];
  const isGood = roots.length > 0 && roots.every((root) => isPem(root) && holdsCertificates(root));
  if (!isGood) throw refused('tls.ca', 'certificates in PEM, or a list of such');
}

function holdsCertificates(pem: Pem): boolean {
  const blocks = bytesOf(pem).toString('latin1').match(CERTIFICATE) ?? [];
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  try {
    return blocks.map((block) => new X509Certificate(block)).length > 0;
  } catch {
    return false;
  }
}

function checkPem(field: string, value: unknown, allowed: string): void {
  if (value !== undefined && !isPem(value)) throw refused(field, allowed);
}

function checkProtocols(protocols: unknown): void {
  const isGood = Array.isArray(protocols) && protocols.every((name) => isText(name) && name.length <= 255);
  if (!isGood)
    throw invalidArgument('tls.ALPNProtocols', protocols, 'a list of protocol names of 1 to 255 characters');
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isPem(value: unknown): value is Pem {
  return typeof value === 'string' || value instanceof Uint8Array;
}

function bytesOf(pem: Pem): Buffer {
  return typeof pem === 'string' ? Buffer.from(pem, 'latin1') : Buffer.from(pem);
}
