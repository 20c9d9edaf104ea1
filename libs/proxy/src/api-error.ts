/** A refusal of the control API, in Toxiproxy's form: `{"error": message, "status": statusCode}`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** Toxiproxy's own refusals, word by word. */
export const REFUSALS = {
  proxyNotFound: () => new ApiError(404, 'proxy not found'),
  proxyExists: () => new ApiError(409, 'proxy already exists'),
  toxicNotFound: () => new ApiError(404, 'toxic not found'),
  toxicExists: () => new ApiError(409, 'toxic already exists'),
  invalidStream: () => new ApiError(400, 'stream was invalid, can be either upstream or downstream'),
  invalidToxicType: () => new ApiError(400, 'invalid toxic type'),
  missingField: (field: string) => new ApiError(400, `missing required field: ${field}`),
  badBody: (why: string) => new ApiError(400, `bad request body: ${why}`),
} as const;
