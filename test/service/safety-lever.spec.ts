import { prove } from './routes/chapter.ts';
import { SAFETY_LEVER } from './routes/safety-lever.ts';

prove(SAFETY_LEVER);
