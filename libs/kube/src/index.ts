export { HttpKube, type HttpKubeOptions } from './api/http-kube.ts';
export { findKubeConnection, type KubeConnection, type KubeCredentials } from './api/kube-connection.ts';
export { checkDrillSpec, type DrillMode, type DrillSpec } from './drill/drill-spec.ts';
export { type DrillReport, Drills, type DrillsOptions, type ExecuteOptions } from './drill/drills.ts';
export { type DrillPlan, planDrill } from './drill/plan-drill.ts';
export {
  type Candidate,
  DRILLS_LABEL,
  type DrillPreview,
  type Exclusion,
  type NamespaceView,
  type OwnPod,
  previewDrill,
} from './drill/preview-drill.ts';
export {
  recoveryOf,
  type RequestMark,
  type RequestSeries,
  type VictimRecovery,
} from './drill/recovery-of.ts';
export type { Finding, Moment, VictimReport } from './drill/victim-timeline.ts';
export { KubeError } from './kube-error.ts';
export type { DisruptionBudget, Kube, PodChange, Removal, RemovalAction, RemovalAnswer } from './kube.ts';
export type { LabelSelector } from './label-selector.ts';
export type { Controller, Pod, Workload } from './pod.ts';
