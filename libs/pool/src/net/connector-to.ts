import type { Clock } from '#libs/kernel';
import type { ResolvedPoolOptions } from '../options.ts';
import type { Connector } from '../transport.ts';
import type { Validation } from '../validation/tier.ts';
import { NetConnector } from './net-connector.ts';
import type { NameSeams } from './resolve-name.ts';
import { Route } from './route.ts';
import { TlsConnector } from './tls-connector.ts';
import { resolveTlsOptions } from './tls-options.ts';

/** What dials an origin, by its scheme and the options. */
export function connectorTo(
  url: URL,
  {
    tls,
    socketPath,
    keepAlive,
    tcpUserTimeoutMs,
  }: Pick<ResolvedPoolOptions, 'tls' | 'socketPath' | 'keepAlive' | 'tcpUserTimeoutMs'>,
  validation: Validation,
  clock: Clock,
  name: NameSeams,
): Connector {
  const route = new Route(url, socketPath, name, { keepAlive, tcpUserTimeoutMs });
  if (url.protocol !== 'https:') return new NetConnector(route, validation, clock);
  return new TlsConnector(route, tls ?? resolveTlsOptions({}), validation, clock);
}
