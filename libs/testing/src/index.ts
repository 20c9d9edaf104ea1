export { FakeClock, settle } from './fake-clock.ts';
export { ScriptedConnector, ScriptedTransport } from './scripted-connector.ts';
