import { isLoopbackHost } from '#libs/kernel';

/** The headers that say from where a browser came. */
export interface RequestOrigin {
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

/**
 * Whether a request to a service without sign-in is one of ours. Such a service listens on loopback only, but any web
 * page can make a browser on this machine send to it: by another name that resolves to loopback (DNS rebinding: a
 * foreign Host), or directly (a foreign Origin).
 */
export function isOwnRequest({ host, origin }: RequestOrigin): boolean {
  const own = host === undefined ? null : URL.parse(`http://${host}`);
  if (own === null || own.host !== host?.toLowerCase().replace(/:80$/, '') || !isLoopbackHost(own.hostname)) {
    return false;
  }
  return origin === undefined || URL.parse(origin)?.host === own.host;
}
