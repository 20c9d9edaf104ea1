export { FakeClock, settle } from './fake-clock.ts';
export { ScriptedConnector, ScriptedTransport } from './scripted-connector.ts';
export { ScriptedPool, SentRequest, closeReasons } from './scripted-pool.ts';
