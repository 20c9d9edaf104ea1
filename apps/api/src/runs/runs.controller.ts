import {
  Body,
  Controller,
  Get,
  Headers,
  Logger,
  Param,
  Post,
  Query,
  Res,
  Sse,
  SseSignal,
} from '@nestjs/common';
import type { MessageEvent } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { EMPTY, catchError, from, map, type Observable } from 'rxjs';
import {
  abortRequest,
  lastEventId,
  pageQuery,
  pathId,
  reportQuery,
  run,
  runPage,
  type AbortRequest,
  type Page,
  type PageQuery,
  type ReportQuery,
  type Run,
} from '#libs/contracts';
import { toCsv, toJson, toJunit, type ReportModel } from '#libs/report';
import { ProblemError, RunService } from '#libs/service';
import type { HttpReply } from '../http.ts';
import { Answers } from '../openapi/answers.ts';
import { Closing } from '../closing.ts';

/** Followers at a time; each costs a connection and a look a second. */
const MAX_STREAMS = 200;

interface Format {
  readonly contentType: string;
  readonly write: (report: ReportModel) => string;
}

const FORMATS: Readonly<Record<ReportQuery['format'], Format>> = {
  json: { contentType: 'application/json', write: toJson },
  junit: { contentType: 'application/xml', write: toJunit },
  csv: { contentType: 'text/csv', write: toCsv },
};

@ApiTags('runs')
@Controller('runs')
export class RunsController {
  readonly #log = new Logger('api');
  readonly #runs: RunService;
  readonly #closing: Closing;
  #streams = 0;

  constructor(runs: RunService, closing: Closing) {
    this.#runs = runs;
    this.#closing = closing;
  }

  @Get()
  @Answers({
    method: 'GET',
    summary: 'Lists the runs, newest first.',
    status: 200,
    body: runPage,
    problems: ['invalid_request'],
  })
  list(@Query({ schema: pageQuery }) page: PageQuery): Promise<Page<Run>> {
    return this.#runs.list(page);
  }

  @Get(':id')
  @Answers({ method: 'GET', summary: 'Shows a run.', status: 200, body: run, problems: ['not_found'] })
  get(@Param('id', { schema: pathId }) id: string): Promise<Run> {
    return this.#runs.get(id);
  }

  @Post(':id/abort')
  @Answers({
    method: 'POST',
    role: 'operator',
    summary: 'Ends a run soon; one that has ended stays as it is.',
    status: 202,
    body: run,
    location: true,
    problems: ['not_found'],
  })
  async abort(
    @Param('id', { schema: pathId }) id: string,
    @Body({ schema: abortRequest }) request: AbortRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<Run> {
    const aborted = await this.#runs.abort(id, request);
    reply.header('location', `/api/v1/runs/${id}`);
    return aborted;
  }

  @Sse(':id/events')
  @Answers({
    method: 'GET',
    summary: 'Streams the events of a run, kept ones first; ends after the event end.',
    status: 200,
    body: { contentTypes: ['text/event-stream'] },
    problems: ['not_found', 'invalid_request'],
  })
  async events(
    @Param('id', { schema: pathId }) id: string,
    @Headers('last-event-id') afterId: string | undefined,
    @SseSignal() signal: AbortSignal,
  ): Promise<Observable<MessageEvent>> {
    const after = afterId === undefined ? undefined : lastEventId.safeParse(afterId);
    if (after?.success === false) {
      const message = `Last-Event-ID must be an id of this stream, got ${JSON.stringify(afterId)}`;
      throw new ProblemError('invalid_request', message);
    }
    this.#takeStream(signal);
    const events = await this.#runs.events(id, after?.data, AbortSignal.any([signal, this.#closing.signal]));
    return from(events).pipe(
      map(({ id: eventId, type, data }) => ({ id: eventId, type, data })),
      // Without its `end` a stream is not over: the client comes back for the rest.
      catchError((error: unknown) => {
        this.#log.warn(`the events of ${id} break off: ${String(error)}`);
        return EMPTY;
      }),
    );
  }

  /** Counts a stream until `signal` says that it has ended, however it did; at once, so that two cannot have the last place. */
  #takeStream(signal: AbortSignal): void {
    if (this.#streams >= MAX_STREAMS) {
      throw new ProblemError('unavailable', `${MAX_STREAMS} streams are open, no more at a time`);
    }
    if (signal.aborted) return;
    this.#streams += 1;
    signal.addEventListener('abort', () => (this.#streams -= 1), { once: true });
  }

  @Get(':id/report')
  @Answers({
    method: 'GET',
    summary: 'The report of a run that has ended.',
    status: 200,
    body: { contentTypes: Object.values(FORMATS).map(({ contentType }) => contentType) },
    problems: ['not_found', 'not_finished', 'invalid_request'],
  })
  async report(
    @Param('id', { schema: pathId }) id: string,
    @Query({ schema: reportQuery }) { format }: ReportQuery,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<string> {
    const { contentType, write } = FORMATS[format];
    const report = await this.#runs.report(id);
    reply.header('content-type', `${contentType}; charset=utf-8`);
    return write(report);
  }
}
