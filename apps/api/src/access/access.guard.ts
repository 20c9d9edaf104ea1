import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ProblemError, TokenList, allows, type Principal } from '#libs/service';
import { headerOf, type HttpRequest } from '../http.ts';
import { Requires } from './requires.ts';

/** The tokens that are let in; undefined where nobody signs in. */
export const TOKENS = Symbol('tokens');

/** On loopback without tokens everybody is the one who started the service. */
const OWNER: Principal = { name: 'local', role: 'admin' };

/** Asks every request for a token whose role is enough for its route. */
@Injectable()
export class AccessGuard implements CanActivate {
  readonly #tokens: TokenList | undefined;
  readonly #reflector: Reflector;

  constructor(@Inject(TOKENS) tokens: TokenList | undefined, reflector: Reflector) {
    this.#tokens = tokens;
    this.#reflector = reflector;
  }

  canActivate(context: ExecutionContext): boolean {
    const needed =
      this.#reflector.getAllAndOverride(Requires, [context.getHandler(), context.getClass()]) ?? 'viewer';
    if (needed === 'nobody') return true;
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const principal = this.#tokens ? principalOf(request, this.#tokens) : OWNER;
    if (!allows(principal.role, needed)) {
      throw new ProblemError(
        'forbidden',
        `this needs the role ${needed}, ${principal.name} is ${principal.role}`,
      );
    }
    request.principal = principal;
    return true;
  }
}

function principalOf(request: HttpRequest, tokens: TokenList): Principal {
  // RFC 6750 section 2.1: the scheme's name in any case, then one token.
  const [, token] = /^bearer +([^\s]+)$/i.exec(headerOf(request, 'authorization') ?? '') ?? [];
  if (token === undefined) {
    throw new ProblemError('unauthorized', 'send the header Authorization: Bearer TOKEN');
  }
  const principal = tokens.find(token);
  if (principal) return principal;
  throw new ProblemError('unauthorized', 'this token is not known');
}
