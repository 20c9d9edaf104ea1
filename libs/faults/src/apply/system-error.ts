/** An error as Node makes it of a failed system call, so that nobody downstream can tell the injected one apart. */
export function systemError(syscall: 'read' | 'write' | 'connect' | 'getaddrinfo', code: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}

/** An error as a failed TLS handshake makes it: the peer sent an alert (RFC 8446 section 6.2). */
export function handshakeError(): Error {
  const code = 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE';
  const sentence = 'TLS (other): ssl/tls alert handshake failure';
  return Object.assign(new Error(sentence), { name: 'TlsError', reason: 'other', code });
}
