/** An error as Node makes it of a system call that failed, `ECONNREFUSED` of `connect` for example. */
export function systemError(syscall: string, code: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}
