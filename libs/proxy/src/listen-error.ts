import { ApiError } from './api-error.ts';

const LISTEN_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'cannot assign requested address',
};

/** Why nobody could listen there, in Toxiproxy's words. */
export function listenError(address: string, error: unknown): ApiError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return new ApiError(500, `listen tcp ${address}: bind: ${LISTEN_REASONS[code] ?? code}`);
}
