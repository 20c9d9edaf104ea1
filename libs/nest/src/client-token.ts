import type { InjectionToken } from '@nestjs/common';
import { Client } from '#libs/client';
import { invalidArgument } from '#libs/kernel';

/** The token of a client: without a name the class `Client`, so that a constructor can ask for it by type alone. */
export function clientToken(name?: string): InjectionToken<Client> {
  if (name === undefined) return Client;
  if (typeof name === 'string' && name !== '') return `pooler client ${name}`;
  throw invalidArgument('the name of a client', name, 'a text that is not empty');
}
