import type { InformationalListener, RequestBody, RequestHeaders } from '#libs/pool';

/** One request. */
export interface RequestOptions {
  /** The method, a token; its case counts (RFC 9110 section 9.1). Default `GET`. Source: our choice, as `fetch`. */
  readonly method?: string | undefined;
  /**
   * Names and values of header fields, a value being a text or a list of texts. Default none. Source: the fields that
   * RFC 9112 asks for are the client's own.
   */
  readonly headers?: RequestHeaders | undefined;
  /**
   * A text (sent as UTF-8), bytes, a stream or another async iterable of them; a stream is sent once and never again, a
   * function gives a new one for each attempt. Default none. Source: our choice.
   */
  readonly body?: RequestBody | undefined;
  /** Ends the request with `PLR_ABORTED` when it fires, its body too. Default none. Source: as `fetch`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Hears of interim responses (1xx), such as 103 Early Hints, before the response. Default nobody. Source: RFC 9110
   * section 15.2: a client may ignore them.
   */
  readonly onInformational?: InformationalListener | undefined;
  /** For the request in all, retries and body included. Default the client's; range 1 to 86,400,000. Source: as the client's. */
  readonly deadlineMs?: number | undefined;
  /** For each attempt. Default the client's; range 1 to 86,400,000. Source: as the client's. */
  readonly attemptTimeoutMs?: number | undefined;
  /**
   * Whether it may be sent twice. Default by method, or true with an `Idempotency-Key` field. Source: RFC 9110 section
   * 9.2.2.
   */
  readonly idempotent?: boolean | undefined;
  /**
   * Gives the response only when its body has arrived (or 64 KiB of it), so that a failure in the body is retried like
   * any other; otherwise the response comes with its head, and the body's failure goes to who reads it. Default `false`.
   * Source: our choice, as `fetch`.
   */
  readonly awaitBody?: boolean | undefined;
  /**
   * Waits for the breaker's next permit, up to the deadline, where it would refuse with `PLR_CIRCUIT_OPEN` at once. For
   * closed-model load: its workers offer no more than the breaker takes. Default `false`. Source: our choice, for an open
   * breaker lets nobody queue.
   */
  readonly waitForPermit?: boolean | undefined;
  /**
   * The number that its faults are drawn by, where the caller numbers the requests: a load's arrivals, say; below 0 no
   * fault is drawn. Default the client counts from 0, over the requests that it numbers itself; range -(2^53 - 1) to
   * 2^53 - 1. Source: our choice.
   */
  readonly requestSeq?: number | undefined;
}
