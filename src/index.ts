/**
 * wsinspect as a library: the frame decoder and encoder, reading recordings, and relaying streams. Everything here works on octets
 * that you give it; only `readRecording` and `indexRecording` open a file, only `inspect` takes streams.
 */
export { FrameDecoder, type FrameHandler } from './protocol/frame-decoder.ts'
export { encodeFrame } from './protocol/frame-encoder.ts'
export { exactLength, type FrameFields, type FrameHeader } from './protocol/frame.ts'
export { Opcode, opcodeName } from './protocol/opcode.ts'
export type { Side } from './protocol/side.ts'
export type { ConnectionInfo, Facts, Mark, TcpState } from './wire/facts.ts'
export { Session, type SessionOptions } from './wire/session.ts'
export type { Entry } from './wire/entry.ts'
export { FilterError } from './wire/filter/expression.ts'
export { parseFilter, type Filter } from './wire/filter/filter.ts'
export type { WireLog } from './wire/log.ts'
export { Statistics, type Summary } from './wire/stats/statistics.ts'
export { readRecording, type ReadOptions } from './recording/read.ts'
export { indexRecording, type IndexedConnection, type RecordingIndex } from './recording/recording-index.ts'
export { inspect } from './net/inspect.ts'
