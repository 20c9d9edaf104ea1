import { prove } from './routes/chapter.ts';
import { BODIES } from './routes/bodies.ts';

prove(BODIES);
