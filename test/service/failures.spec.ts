import { prove } from './routes/chapter.ts';
import { INTERNAL, UNAVAILABLE } from './routes/failures.ts';

prove(INTERNAL);
prove(UNAVAILABLE);
