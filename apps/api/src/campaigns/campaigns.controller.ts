import { Body, Controller, Delete, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  asPosted,
  campaign,
  campaignDocument,
  campaignPage,
  newRun,
  pageQuery,
  pathId,
  run,
  runPage,
  validation,
  type Campaign,
  type CampaignDocument,
  type NewRun,
  type Page,
  type PageQuery,
  type ProblemCode,
  type Run,
  type Validation,
} from '#libs/contracts';
import { CampaignService, RunService } from '#libs/service';
import type { HttpReply } from '../http.ts';
import { Answers } from '../openapi/answers.ts';

/** Why a campaign cannot be run as things are. */
const NOT_RUNNABLE: readonly ProblemCode[] = [
  'unknown_target',
  'blast_radius_exceeded',
  'faults_not_allowed',
  'drills_not_allowed',
  'no_control_url',
];

@ApiTags('campaigns')
@Controller()
export class CampaignsController {
  readonly #campaigns: CampaignService;
  readonly #runs: RunService;

  constructor(campaigns: CampaignService, runs: RunService) {
    this.#campaigns = campaigns;
    this.#runs = runs;
  }

  @Post('campaigns')
  @Answers({
    method: 'POST',
    role: 'operator',
    summary: 'Keeps a campaign.',
    status: 201,
    body: campaign,
    location: true,
    problems: [...NOT_RUNNABLE, 'limit_reached'],
  })
  async create(
    @Body({ schema: asPosted(campaignDocument) }) document: CampaignDocument,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<Campaign> {
    const created = await this.#campaigns.create(document);
    reply.header('location', `/api/v1/campaigns/${created.id}`);
    return created;
  }

  @Post('campaigns::validate')
  @Answers({
    method: 'POST',
    role: 'operator',
    summary: 'Says whether a campaign could be run as things are, and keeps nothing.',
    status: 200,
    body: validation,
    problems: NOT_RUNNABLE,
  })
  async validate(
    @Body({ schema: asPosted(campaignDocument) }) document: CampaignDocument,
  ): Promise<Validation> {
    await this.#campaigns.validate(document);
    return { valid: true };
  }

  @Get('campaigns')
  @Answers({
    method: 'GET',
    summary: 'Lists the campaigns, newest first.',
    status: 200,
    body: campaignPage,
    problems: ['invalid_request'],
  })
  list(@Query({ schema: pageQuery }) page: PageQuery): Promise<Page<Campaign>> {
    return this.#campaigns.list(page);
  }

  @Get('campaigns/:id')
  @Answers({
    method: 'GET',
    summary: 'Shows a campaign.',
    status: 200,
    body: campaign,
    problems: ['not_found'],
  })
  get(@Param('id', { schema: pathId }) id: string): Promise<Campaign> {
    return this.#campaigns.get(id);
  }

  @Delete('campaigns/:id')
  @Answers({
    method: 'DELETE',
    role: 'operator',
    summary: 'Forgets a campaign; its runs stay.',
    status: 204,
    problems: ['not_found', 'in_use'],
  })
  remove(@Param('id', { schema: pathId }) id: string): Promise<void> {
    return this.#campaigns.remove(id);
  }

  @Post('campaigns/:id/runs')
  @Answers({
    method: 'POST',
    role: 'operator',
    summary: 'Starts a run.',
    status: 202,
    body: run,
    location: true,
    problems: [...NOT_RUNNABLE, 'not_found', 'lever_engaged', 'conflict_running'],
  })
  async start(
    @Param('id', { schema: pathId }) id: string,
    @Body({ schema: newRun }) order: NewRun,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<Run> {
    const started = await this.#runs.start(id, order);
    reply.header('location', `/api/v1/runs/${started.id}`);
    return started;
  }

  @Get('campaigns/:id/runs')
  @Answers({
    method: 'GET',
    summary: 'Lists the runs of a campaign, newest first.',
    status: 200,
    body: runPage,
    problems: ['not_found', 'invalid_request'],
  })
  runs(
    @Param('id', { schema: pathId }) id: string,
    @Query({ schema: pageQuery }) page: PageQuery,
  ): Promise<Page<Run>> {
    return this.#runs.listOfCampaign(id, page);
  }
}
