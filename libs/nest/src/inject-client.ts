import { Inject } from '@nestjs/common';
import { clientToken } from './client-token.ts';

/** Injects the client of that name; without one the client that has none. */
export function InjectClient(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(clientToken(name));
}
