import { StandardSchemaValidationPipe } from '@nestjs/common';
import { problemIssues } from '#libs/contracts';
import { ProblemError } from '#libs/service';

/** Checks every parameter that has a schema, and says of each wrong field where it is and why. */
export function requestPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: (issues) => {
      const found = problemIssues(issues);
      const detail = found
        .map(({ path, message }) => (path === '' ? `the request ${message}` : `${path} ${message}`))
        .join('; ');
      return new ProblemError('invalid_request', detail, found);
    },
  });
}
