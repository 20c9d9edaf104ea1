import type { Principal } from '#libs/service';

/** What we use of a request of Fastify's. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
  /** Who asks; set by the guard. */
  principal?: Principal;
}

/** What we use of a reply of Fastify's. */
export interface HttpReply {
  readonly sent: boolean;
  status(code: number): HttpReply;
  header(name: string, value: string): HttpReply;
  getHeader(name: string): unknown;
  send(body: unknown): unknown;
}

/** The one value of a header; undefined when it is missing. */
export function headerOf({ headers }: HttpRequest, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The path without its query. */
export function pathOf({ url }: HttpRequest): string {
  return url.split('?')[0] ?? url;
}
