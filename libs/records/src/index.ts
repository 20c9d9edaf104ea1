export { channels, type RecordChannel } from './channels.ts';
export type {
  AttemptError,
  AttemptKind,
  AttemptRecord,
  BreakerRecord,
  ConnectionFacts,
  ConnectionRecord,
  FaultRecord,
  ProbeRecord,
  RequestRecord,
} from './records.ts';
