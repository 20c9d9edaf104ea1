import { prove } from './routes/chapter.ts';
import { TARGETS } from './routes/targets.ts';

prove(TARGETS);
