import { Reflector } from '@nestjs/core';
import type { Role } from '#libs/service';

/** The role that a route asks for; `nobody` lets in without a token. A route without it is for viewers. */
export const Requires = Reflector.createDecorator<Role | 'nobody'>();
