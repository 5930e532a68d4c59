// FACE for authors of plugins (`outbound-sync/testing`): a whole instance for tests, a remote that fails on demand, and the
// checks that every provider has to pass. Works with any test runner.
export type {
  ConformanceCheck,
  ConformanceExceptions,
  ConformanceOptions,
  ConformanceRecords,
  RemoteModel,
} from './conformance-options.ts'
export type { ConnectOptions } from './connect-provider.ts'
export { type FakeRemote, type RemoteCall, startFakeRemote } from './fake-remote.ts'
export type { TestAttempt, TestObject } from './history-view.ts'
export { providerConformance } from './provider-conformance.ts'
export type { TestJob } from './queue-view.ts'
export type { RemoteAnswer, RemoteHandler, RemoteRequest } from './remote-exchange.ts'
export type { FaultHandle, FaultOptions, RemoteFault } from './remote-faults.ts'
export { changedOrder, orderModel, sampleOrder } from './sample-order.ts'
export { createTestInstance, type TestInstance, type TestInstanceOptions } from './test-instance.ts'
export type { TestField, TestModel, TestRecord, TestRecords } from './test-records.ts'
