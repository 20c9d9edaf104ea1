export { ControlServer } from './control/control-server.ts';
export { PROXY_METRICS } from './control/metrics-page.ts';
export { ROUTES, TOXIPROXY_VERSION } from './control/routes.ts';
export type { ProxyOptions } from './options.ts';
export { ProxySet } from './proxy-set.ts';
export { runProxy, type Terminal } from './run-proxy.ts';
export { TOXIC_TYPES } from './toxic/catalogue.ts';
