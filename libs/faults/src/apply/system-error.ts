/** An error as Node makes it of a failed system call, so that nobody downstream can tell the injected one apart. */
export function systemError(syscall: 'read' | 'connect', code: 'ECONNRESET' | 'ECONNREFUSED'): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}
