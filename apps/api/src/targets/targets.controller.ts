import { Body, Controller, Delete, Get, Param, Post, Query, Res } from '@nestjs/common';
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
import type { HttpReply } from '../http.ts';
import { Answers } from '../openapi/answers.ts';

@ApiTags('targets')
@Controller('targets')
export class TargetsController {
  readonly #targets: TargetService;

  constructor(targets: TargetService) {
    this.#targets = targets;
  }

  @Post()
  @Answers({
    method: 'POST',
    role: 'admin',
    summary: 'Adds a target to the allow-list.',
    status: 201,
    body: target,
    location: true,
    problems: ['target_not_allowed', 'limit_reached', 'name_taken'],
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
    method: 'GET',
    summary: 'Lists the targets, newest first.',
    status: 200,
    body: targetPage,
    problems: ['invalid_request'],
  })
  list(@Query({ schema: pageQuery }) page: PageQuery): Promise<Page<Target>> {
    return this.#targets.list(page);
  }

  @Get(':id')
  @Answers({ method: 'GET', summary: 'Shows a target.', status: 200, body: target, problems: ['not_found'] })
  get(@Param('id', { schema: pathId }) id: string): Promise<Target> {
    return this.#targets.get(id);
  }

  @Delete(':id')
  @Answers({
    method: 'DELETE',
    role: 'admin',
    summary: 'Takes a target off the allow-list.',
    status: 204,
    problems: ['not_found', 'in_use'],
  })
  remove(@Param('id', { schema: pathId }) id: string): Promise<void> {
    return this.#targets.remove(id);
  }
}
