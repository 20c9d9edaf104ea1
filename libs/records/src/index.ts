export { channels, type RecordChannel } from './channels.ts';
export type {
  AdmissionFacts,
  AttemptError,
  AttemptKind,
  AttemptRecord,
  BreakerRecord,
  Collateral,
  ConnectionFacts,
  ConnectionRecord,
  FaultRecord,
  LeakRecord,
  ProbeRecord,
  Propagator,
  RequestRecord,
  RequestTrace,
} from './records.ts';
