/** The status line and the fields of one response, final or informational. */
export interface ResponseHead {
  /** 100 to 999. RFC 9110 section 15 wants a code above 599 treated as a 5xx; that is the caller's to do. */
  readonly statusCode: number;
  /** The reason phrase as sent, latin1, often empty. */
  readonly statusText: string;
  /** The minor version: HTTP/1.0 or HTTP/1.1. */
  readonly httpMinor: 0 | 1;
  /** Name, value, name, value… in the order sent; names in lower case, values latin1 without white space around them. */
  readonly rawHeaders: readonly string[];
}
