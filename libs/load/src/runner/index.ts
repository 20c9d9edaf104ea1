export { ClosedLoad, type ClosedLoadOptions } from './closed-load.ts';
export { LoadMeter, type LoadMeterOptions } from './load-meter.ts';
export { OpenLoad, type ArrivalListener, type OpenLoadOptions } from './open-load.ts';
export type { Send } from './send.ts';
export { sendThrough, type LoadRequest } from './send-through.ts';
