import { Body, Controller, Get, Put, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { leverChange, safetyLever, type LeverChange, type SafetyLever } from '#libs/contracts';
import { LeverService } from '#libs/service';
import type { HttpRequest } from '../http.ts';
import { Answers } from '../openapi/answers.ts';

@ApiTags('safety lever')
@Controller('safety-lever')
export class SafetyLeverController {
  readonly #lever: LeverService;

  constructor(lever: LeverService) {
    this.#lever = lever;
  }

  @Get()
  @Answers({ method: 'GET', summary: 'Shows the safety lever.', status: 200, body: safetyLever })
  get(): Promise<SafetyLever> {
    return this.#lever.get();
  }

  @Put()
  @Answers({
    method: 'PUT',
    role: 'operator',
    summary: 'Engaged, it aborts every run and refuses new ones.',
    status: 200,
    body: safetyLever,
  })
  set(@Body({ schema: leverChange }) change: LeverChange, @Req() request: HttpRequest): Promise<SafetyLever> {
    return this.#lever.set(change, request.principal?.name ?? '');
  }
}
