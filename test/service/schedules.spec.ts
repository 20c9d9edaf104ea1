import { prove } from './routes/chapter.ts';
import { SCHEDULES } from './routes/schedules.ts';

prove(SCHEDULES);
