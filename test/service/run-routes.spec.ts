import { prove } from './routes/chapter.ts';
import { RUNS } from './routes/runs.ts';

prove(RUNS);
