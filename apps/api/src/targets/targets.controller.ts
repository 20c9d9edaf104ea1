import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  asPosted,
  newTarget,
  pageQuery,
  pathId,
  target,
  targetPage,
  type NewTargetDocument,
  type Page,
  type PageQuery,
  type Target,
} from '#libs/contracts';
import { TargetService } from '#libs/service';
import { Requires } from '../access/requires.ts';
import type { HttpReply } from '../http.ts';
import { Answers, Idempotent } from '../openapi/answers.ts';

@ApiTags('targets')
@Controller('targets')
export class TargetsController {
  readonly #targets: TargetService;

  constructor(targets: TargetService) {
    this.#targets = targets;
  }

  @Post()
  @Requires('admin')
  @Idempotent()
  @Answers({
    summary: 'Adds a target to the allow-list.',
    status: 201,
    body: target,
    location: true,
    problems: [
      'not_json',
      'invalid_request',
      'target_not_allowed',
      'limit_reached',
      'name_taken',
      'idempotency_key_reused',
      'idempotency_key_busy',
    ],
  })
  async create(
    @Body({ schema: asPosted(newTarget) }) posted: NewTargetDocument,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<Target> {
    const created = await this.#targets.create(posted);
    reply.header('location', `/api/v1/targets/${created.id}`);
    return created;
  }

  @Get()
  @Answers({
    summary: 'Lists the targets, newest first.',
    status: 200,
    body: targetPage,
    problems: ['invalid_request'],
  })
  list(@Query({ schema: pageQuery }) page: PageQuery): Promise<Page<Target>> {
    return this.#targets.list(page);
  }

  @Get(':id')
  @Answers({ summary: 'Shows a target.', status: 200, body: target, problems: ['not_found'] })
  get(@Param('id', { schema: pathId }) id: string): Promise<Target> {
    return this.#targets.get(id);
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('admin')
  @Answers({ summary: 'Takes a target off the allow-list.', status: 204, problems: ['not_found', 'in_use'] })
  remove(@Param('id', { schema: pathId }) id: string): Promise<void> {
    return this.#targets.remove(id);
  }
}
