export { CrashableConnector } from './crashable-connector.ts';
export { interposerFor } from './interposer.ts';
