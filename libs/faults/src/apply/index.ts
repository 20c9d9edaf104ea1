export { ConnectionFault } from './connection-fault.ts';
export { CrashableConnector } from './crashable-connector.ts';
export { interposerFor } from './interposer.ts';
export { ProbeLie } from './probe-lie.ts';
export { SpoiledConnector, isDialVerdict } from './spoiled-connector.ts';
