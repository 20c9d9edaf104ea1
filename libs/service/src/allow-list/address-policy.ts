import { BlockList, isIP } from 'node:net';

/** Why an address may not be dialled. */
export type AddressRefusal = 'link-local' | 'metadata' | 'unusable' | 'private';

/** What a target says of itself. */
export interface AddressRules {
  /** Whether private, loopback and unique-local addresses are allowed. */
  readonly allowPrivate: boolean;
}

type Range = readonly [network: string, prefix: number];

/**
 * Where clouds answer questions about the machine itself, credentials included. Those not in a link-local range: AWS and
 * Google over IPv6, Alibaba, Azure, Oracle.
 */
const METADATA = rangesOf([
  ['169.254.169.254', 32],
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
]);

/** RFC 3927 and RFC 4291 section 2.5.6: whatever shares the wire with us. */
const LINK_LOCAL = rangesOf([
  ['169.254.0.0', 16],
  ['fe80::', 10],
]);

/**
 * Nobody's unicast address: "this host" (which a kernel takes for loopback), multicast, reserved, and IPv6 forms that
 * wrap an IPv4 address for a tunnel (RFC 6890; 6to4 RFC 3056; Teredo RFC 4380; IPv4-compatible RFC 4291 section 2.5.5.1).
 */
const UNUSABLE = rangesOf([
  ['0.0.0.0', 8],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['ff00::', 8],
  ['2002::', 16],
  ['2001::', 32],
  ['64:ff9b:1::', 48],
]);

/** RFC 1918, loopback, shared address space (RFC 6598), benchmarks (RFC 2544), unique local (RFC 4193). */
const PRIVATE = rangesOf([
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['127.0.0.0', 8],
  ['100.64.0.0', 10],
  ['192.0.0.0', 24],
  ['198.18.0.0', 15],
  ['::1', 128],
  ['fc00::', 7],
  ['fec0::', 10],
]);

/** The names under which clouds reach their metadata. */
const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'instance-data',
]);

/**
 * Asked after DNS and before every dial: why `ip` may not be dialled, `undefined` when it may. Link-local and metadata
 * addresses never may, private ones only where the target says so. An IPv4 address mapped into IPv6 (or behind the NAT64
 * prefix of RFC 6052) is judged as the IPv4 address that it is.
 */
export function refusalOfAddress(ip: string, host: string, rules: AddressRules): AddressRefusal | undefined {
  if (METADATA_NAMES.has(plainName(host))) return 'metadata';
  const [address] = ip.split('%');
  const plain = plainAddress(address ?? '');
  if (plain === undefined) return 'unusable';
  if (isIn(METADATA, plain)) return 'metadata';
  if (isIn(LINK_LOCAL, plain)) return 'link-local';
  if (isIn(UNUSABLE, plain) || isIpv4Compatible(plain)) return 'unusable';
  return isIn(PRIVATE, plain) && !rules.allowPrivate ? 'private' : undefined;
}

/**
 * What can be said of a URL's host before DNS: a refusal where it is an address or a name with a fixed meaning.
 * `hostname` is that of a `URL`, which has brought every notation of an IPv4 address to the plain one.
 */
export function refusalOfHostname(hostname: string, rules: AddressRules): AddressRefusal | undefined {
  const name = plainName(hostname);
  if (METADATA_NAMES.has(name)) return 'metadata';
  if (name === 'localhost' || name.endsWith('.localhost')) return rules.allowPrivate ? undefined : 'private';
  const literal = name.replace(/^\[|\]$/g, '');
  return isIP(literal) === 0 ? undefined : refusalOfAddress(literal, name, rules);
}

function plainName(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

/** IPv4 as it is; IPv6 in its one canonical form (RFC 5952), or as the IPv4 address in it. */
function plainAddress(address: string): string | undefined {
  if (isIP(address) === 4) return address;
  if (isIP(address) !== 6) return undefined;
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [, high, low] = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  return [high, low].flatMap((word) => octetsOf(Number.parseInt(word, 16))).join('.');
}

function octetsOf(word: number): number[] {
  return [Math.floor(word / 256), word % 256];
}

/** `::a.b.c.d`, long deprecated; `::` itself too, but not `::1`. */
function isIpv4Compatible(address: string): boolean {
  return address !== '::1' && /^::([0-9a-f]{1,4}(:[0-9a-f]{1,4})?)?$/.test(address);
}

function rangesOf(ranges: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, familyOf(network));
  return list;
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
