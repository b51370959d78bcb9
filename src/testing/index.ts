/**
 * Helpers for test harnesses: fakes of the ports, a recorder of events, assertions on runs.
 *
 * @packageDocumentation
 */
export { assertRunPassed, assertSameAnswers } from './assertions'
export { EventRecorder } from './event-recorder'
export { type FakeAnswer, FakeQueryEngine } from './fake-query-engine'
export { MemoryStore } from './memory-store'
