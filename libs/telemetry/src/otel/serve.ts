import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  context,
  propagation,
  trace,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_URL_PATH,
  ATTR_URL_SCHEME,
} from '@opentelemetry/semantic-conventions';
import type { ServeOptions } from '../telemetry.ts';
import { epochTime } from '../tracing/epoch-time.ts';
import { knownMethod, spanNameOf } from '../tracing/known-method.ts';

/** Runs `handle` within a SERVER span that ends with the response. */
export function serveTraced(
  tracer: Tracer,
  request: IncomingMessage,
  response: ServerResponse,
  handle: () => void,
  { onlyWithParent = false }: ServeOptions,
): void {
  const parent = propagation.extract(ROOT_CONTEXT, request.headers);
  if (onlyWithParent && !trace.getSpanContext(parent)) {
    handle();
    return;
  }
  const { method = 'GET', url = '/' } = request;
  const options = {
    kind: SpanKind.SERVER,
    startTime: epochTime(performance.now()),
    attributes: {
      [ATTR_HTTP_REQUEST_METHOD]: knownMethod(method),
      [ATTR_URL_PATH]: url.split('?', 1)[0],
      [ATTR_URL_SCHEME]: 'http',
    },
  };
  const span = tracer.startSpan(spanNameOf(method), options, parent);
  if (span.isRecording()) response.once('close', () => end(span, response));
  context.with(trace.setSpan(parent, span), handle);
}

/** Only what is the server's own fault is an error of a server's span (semantic conventions of HTTP spans). */
function end(span: Span, response: ServerResponse): void {
  const { statusCode, writableFinished, headersSent } = response;
  if (headersSent) span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, statusCode);
  const errorType = writableFinished ? (statusCode >= 500 ? String(statusCode) : undefined) : 'aborted';
  if (errorType !== undefined) {
    span.setAttribute(ATTR_ERROR_TYPE, errorType);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end(epochTime(performance.now()));
}
