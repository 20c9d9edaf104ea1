import { NOT_SIGNED_IN, SIGNED_IN } from './routes/access.ts';
import { prove } from './routes/chapter.ts';

prove(SIGNED_IN);
prove(NOT_SIGNED_IN);
