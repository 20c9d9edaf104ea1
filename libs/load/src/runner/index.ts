export { ClosedLoad, type ClosedLoadOptions, type Send } from './closed-load.ts';
export { sendThrough, type LoadRequest } from './send-through.ts';
