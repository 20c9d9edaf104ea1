import { Body, Controller, Delete, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  firing,
  newSchedule,
  nextInstants,
  nextQuery,
  pageQuery,
  pathId,
  schedule,
  schedulePage,
  type Firing,
  type NewSchedule,
  type NextQuery,
  type Page,
  type PageQuery,
  type Schedule,
} from '#libs/contracts';
import { ScheduleService } from '#libs/service';
import type { HttpReply } from '../http.ts';
import { Answers } from '../openapi/answers.ts';

@ApiTags('schedules')
@Controller('schedules')
export class SchedulesController {
  readonly #schedules: ScheduleService;

  constructor(schedules: ScheduleService) {
    this.#schedules = schedules;
  }

  @Post()
  @Answers({
    method: 'POST',
    role: 'operator',
    summary: 'Starts runs of a campaign by the clocks of a time zone.',
    status: 201,
    body: schedule,
    location: true,
    problems: ['limit_reached'],
  })
  async create(
    @Body({ schema: newSchedule }) posted: NewSchedule,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<Schedule> {
    const created = await this.#schedules.create(posted);
    reply.header('location', `/api/v1/schedules/${created.id}`);
    return created;
  }

  @Get()
  @Answers({
    method: 'GET',
    summary: 'Lists the schedules, newest first.',
    status: 200,
    body: schedulePage,
    problems: ['invalid_request'],
  })
  list(@Query({ schema: pageQuery }) page: PageQuery): Promise<Page<Schedule>> {
    return this.#schedules.list(page);
  }

  @Get(':id')
  @Answers({
    method: 'GET',
    summary: 'Shows a schedule.',
    status: 200,
    body: schedule,
    problems: ['not_found'],
  })
  get(@Param('id', { schema: pathId }) id: string): Promise<Schedule> {
    return this.#schedules.get(id);
  }

  @Delete(':id')
  @Answers({
    method: 'DELETE',
    role: 'operator',
    summary: 'Ends a schedule; its runs stay.',
    status: 204,
    problems: ['not_found'],
  })
  remove(@Param('id', { schema: pathId }) id: string): Promise<void> {
    return this.#schedules.remove(id);
  }

  @Get(':id/next')
  @Answers({
    method: 'GET',
    summary: 'When it fires next.',
    status: 200,
    body: nextInstants,
    problems: ['not_found', 'invalid_request'],
  })
  async next(
    @Param('id', { schema: pathId }) id: string,
    @Query({ schema: nextQuery }) { n }: NextQuery,
  ): Promise<{ items: string[] }> {
    return { items: await this.#schedules.next(id, n) };
  }

  @Post(':id/suspend')
  @Answers({
    method: 'POST',
    role: 'operator',
    summary: 'Fires no more until it is resumed.',
    status: 200,
    body: schedule,
    problems: ['not_found'],
  })
  suspend(@Param('id', { schema: pathId }) id: string): Promise<Schedule> {
    return this.#schedules.suspend(id);
  }

  @Post(':id/resume')
  @Answers({
    method: 'POST',
    role: 'operator',
    summary: 'Fires again; what it would have fired meanwhile is not made up for.',
    status: 200,
    body: schedule,
    problems: ['not_found'],
  })
  resume(@Param('id', { schema: pathId }) id: string): Promise<Schedule> {
    return this.#schedules.resume(id);
  }

  @Post(':id/trigger')
  @Answers({
    method: 'POST',
    role: 'operator',
    summary: 'Fires now, suspended or not.',
    status: 200,
    body: firing,
    problems: ['not_found'],
  })
  trigger(@Param('id', { schema: pathId }) id: string): Promise<Firing> {
    return this.#schedules.trigger(id);
  }
}
