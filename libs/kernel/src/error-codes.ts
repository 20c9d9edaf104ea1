/**
 * Whose doing an error is. Policies read this and not the single codes:
 * - `connection`: the way to the peer failed. Counts against the peer, retried.
 * - `timeout`: the peer was too slow. Counts against the peer, retried.
 * - `protocol`: the peer spoke wrongly. Counts against the peer, not retried: it would say the same again.
 * - `local`: our own limit or state. Says nothing about the peer.
 * - `caller`: the caller asked for the impossible or changed its mind. Says nothing about the peer.
 */
export type ErrorKind = 'connection' | 'timeout' | 'protocol' | 'local' | 'caller';

interface ErrorCodeEntry {
  readonly kind: ErrorKind;
  /** What it means, for the reference page. */
  readonly meaning: string;
}

/** Every code that Pooler's errors carry. A code never changes its meaning; the table only grows. */
export const ERROR_CODES = {
  PLR_CONNECT_TIMEOUT: { kind: 'timeout', meaning: 'no connection within connectTimeoutMs' },
  PLR_CONNECT_REFUSED: {
    kind: 'connection',
    meaning: 'nobody listens there (ECONNREFUSED, or ENOENT of a UNIX socket)',
  },
  PLR_CONNECT_FAILED: {
    kind: 'connection',
    meaning: 'the connection could not be made for another reason, named by errno',
  },
  PLR_DNS: { kind: 'connection', meaning: 'the host name could not be resolved' },
  PLR_TLS: {
    kind: 'protocol',
    meaning:
      'TLS failed: `reason` is expired, not-yet-valid, wrong-host, self-signed, unknown-root, wrong-protocol or other',
  },
  PLR_RESET: {
    kind: 'connection',
    meaning: 'the peer reset the connection (RST) while the request was under way',
  },
  PLR_CLOSED_BY_PEER: {
    kind: 'connection',
    meaning: 'the peer closed the connection (FIN) before the response was complete',
  },
  PLR_PEER_UNREACHABLE: {
    kind: 'connection',
    meaning:
      'the network no longer reaches the peer: what was sent is not acknowledged, or keep-alive is not answered',
  },
  PLR_HEADERS_TIMEOUT: { kind: 'timeout', meaning: 'no complete response head within headersTimeoutMs' },
  PLR_BODY_TIMEOUT: { kind: 'timeout', meaning: 'no byte of a body went on for bodyTimeoutMs' },
  PLR_ATTEMPT_TIMEOUT: { kind: 'timeout', meaning: 'the attempt was not complete within attemptTimeoutMs' },
  PLR_PROTOCOL: {
    kind: 'protocol',
    meaning: 'the response breaks HTTP/1.1 in a way that could desynchronise the connection',
  },
  PLR_DEADLINE: { kind: 'caller', meaning: 'the total deadline (deadlineMs) passed' },
  PLR_ABORTED: { kind: 'caller', meaning: "the caller's AbortSignal fired" },
  PLR_INVALID_ARGUMENT: { kind: 'caller', meaning: 'an option or a request field is outside its range' },
  PLR_BODY_MISUSED: { kind: 'caller', meaning: 'the response body was already read, dumped or destroyed' },
  PLR_BODY_SOURCE: {
    kind: 'caller',
    meaning:
      'the stream of the request body failed, stood still for bodyTimeoutMs or is not as long as announced',
  },
  PLR_BODY_TOO_LARGE: { kind: 'local', meaning: 'a response body read whole is larger than maxBodyBytes' },
  PLR_ADDRESS_DENIED: {
    kind: 'local',
    meaning: 'allowAddress refused every address of the host',
  },
  PLR_CIRCUIT_OPEN: { kind: 'local', meaning: 'the breaker of this origin refuses calls' },
  PLR_ACQUIRE_TIMEOUT: { kind: 'local', meaning: 'no connection became free within acquireTimeoutMs' },
  PLR_QUEUE_FULL: {
    kind: 'local',
    meaning:
      'maxPending requests already wait for a connection, or as many as the pool takes for the breaker',
  },
  PLR_FD_LIMIT: { kind: 'local', meaning: 'no file descriptor is left (EMFILE, ENFILE); dialling is paused' },
  PLR_LOCAL_PORTS: { kind: 'local', meaning: 'no local port is left (EADDRNOTAVAIL); dialling is paused' },
  PLR_POOL_CLOSED: { kind: 'local', meaning: 'the pool is closing, closed or destroyed' },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
