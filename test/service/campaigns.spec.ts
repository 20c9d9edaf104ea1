import { prove } from './routes/chapter.ts';
import { CAMPAIGNS } from './routes/campaigns.ts';

prove(CAMPAIGNS);
