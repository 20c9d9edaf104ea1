export { channels, type RecordChannel } from './channels.ts';
export type {
  ActiveProbeRecord,
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
  LookRecord,
  ProbeRecord,
  Propagator,
  RequestRecord,
  RequestTrace,
} from './records.ts';
