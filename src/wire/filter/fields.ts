/** The one table of fields. A new field is a row here and a case in its tests; `docs/filter.md` is made from it. */
import { Opcode } from '../../protocol/opcode.ts'
import { outcomes } from '../entry.ts'
import { clientAddress, host, path, subprotocol } from './connections.ts'
import { numberField, textField, type Field, type NumberOf } from './kinds.ts'
import { durations, octetUnits, plain, words } from './range.ts'
import * as row from './row-values.ts'
import * as special from './special-fields.ts'
import { Cost } from './predicate.ts'

const opcodes = words({
  text: Opcode.text,
  bin: Opcode.binary,
  cont: Opcode.continuation,
  ping: Opcode.ping,
  pong: Opcode.pong,
  close: Opcode.close,
  ctl: { low: Opcode.close, high: Opcode.pong },
  ...Object.fromEntries(Array.from({ length: 16 }, (_, opcode) => [`0x${opcode.toString(16)}`, opcode])),
  open: row.rowTypes.open,
  read: row.rowTypes.octets,
})

/** `a, b or c`. */
function listed(names: readonly string[]): string {
  return names.join(', ').replace(/, (?=\w+$)/, ' or ')
}

/** A field of frames that is 0 or 1. */
function flag(name: string, about: string, of: NumberOf): Field {
  const units = words({ 0: 0, 1: 1 })
  const examples = [`${name}:1`]
  return numberField({
    name,
    values: '0 or 1',
    about,
    examples,
    cost: Cost.columns,
    units,
    ordered: false,
    of,
  })
}

/** All fields, by name. */
export const fields: Readonly<Record<string, Field>> = {
  op: numberField({
    name: 'op',
    values: 'text, bin, cont, ping, pong, close or ctl',
    about:
      'the opcode of a frame; `ctl` is ping, pong and close, `0x0` to `0xf` any. `open` and `read` are rows of type `open` and `octets`',
    examples: ['op:text', 'op:bin|cont', 'op:ctl', 'op:0x3', 'op:open', 'op:read'],
    cost: Cost.columns,
    units: opcodes,
    ordered: false,
    of: row.opcodeOrType,
  }),
  type: numberField({
    name: 'type',
    values: listed(Object.keys(row.rowTypes)),
    about: 'the type of a row, as in JSON',
    examples: ['type:frame', 'type:handshake|http'],
    cost: Cost.columns,
    units: words(row.rowTypes),
    ordered: false,
    of: row.type,
  }),
  from: numberField({
    name: 'from',
    values: 'client or server',
    about: 'the side that sent; `c` and `s` for short',
    examples: ['from:client', 'from:s'],
    cost: Cost.columns,
    units: words({ ...row.sides, c: row.sides.client, s: row.sides.server }),
    ordered: false,
    of: row.from,
  }),
  conn: numberField({
    name: 'conn',
    values: 'a number of a connection',
    about: 'the connection',
    examples: ['conn:3', 'conn:3|7', 'conn>=10'],
    cost: Cost.columns,
    units: plain,
    of: row.conn,
  }),
  ip: textField({
    name: 'ip',
    values: 'an address',
    about: "the client's address, without its port",
    examples: ['ip:127.0.0.1', 'ip~^10\\.'],
    cost: Cost.connection,
    of: clientAddress,
  }),
  host: textField({
    name: 'host',
    values: 'a host',
    about: 'the `Host` of the upgrade request, as the client sent it, without its port',
    examples: ['host:example.org'],
    cost: Cost.connection,
    of: host,
  }),
  path: textField({
    name: 'path',
    values: 'a path',
    about: 'the path of the upgrade request, without its query',
    examples: ['path:/chat', 'path~^/v[12]/'],
    cost: Cost.connection,
    of: path,
  }),
  proto: textField({
    name: 'proto',
    values: 'a subprotocol',
    about: 'the subprotocol in the response',
    examples: ['proto:graphql-ws'],
    cost: Cost.connection,
    of: subprotocol,
  }),
  len: numberField({
    name: 'len',
    values: 'octets, such as 64, 1k or 64..128',
    about: 'octets of payload of a frame, as announced',
    examples: ['len>1k', 'len:64..128'],
    cost: Cost.columns,
    units: octetUnits,
    of: row.payloadLength,
  }),
  wire: numberField({
    name: 'wire',
    values: 'octets, such as 64, 1k or 64..128',
    about: 'octets of a frame on the wire: header and payload',
    examples: ['wire<8'],
    cost: Cost.columns,
    units: octetUnits,
    of: row.frameLength,
  }),
  msg: numberField({
    name: 'msg',
    values: 'octets, such as 64, 1k or 64..128',
    about: 'octets of the message that ends with a frame, inflated where it was compressed',
    examples: ['msg>64k'],
    cost: Cost.object,
    units: octetUnits,
    of: row.messageLength,
  }),
  chop: special.chop,
  read: special.read,
  fin: flag('fin', 'FIN of a frame', row.fin),
  mask: flag('mask', 'whether a frame is masked', row.mask),
  rsv1: flag('rsv1', 'RSV1 of a frame', row.rsv1Bit),
  part: numberField({
    name: 'part',
    values: 'first, mid, last or whole',
    about: 'which frame of its message a data frame is',
    examples: ['part:first', 'part:whole'],
    cost: Cost.columns,
    units: words(row.parts),
    ordered: false,
    of: row.part,
  }),
  code: numberField({
    name: 'code',
    values: 'a close code',
    about: 'the code of a Close frame',
    examples: ['code:1001', 'code>=4000'],
    cost: Cost.object,
    units: plain,
    of: row.closeCode,
  }),
  reason: textField({
    name: 'reason',
    values: 'a text',
    about: 'the reason of a Close frame',
    examples: ['reason~auth', 'reason:"going away"'],
    cost: Cost.object,
    of: row.closeReason,
  }),
  outcome: numberField({
    name: 'outcome',
    values: listed(outcomes),
    about:
      'how a connection ended, on its verdict: in order or not, before it was open for WebSocket, as other HTTP; ' +
      '`open`: not at all, `unknown`: not all that matters was seen',
    examples: ['outcome:unclean|unopened'],
    cost: Cost.object,
    units: words(row.outcomeNumbers),
    ordered: false,
    of: row.outcome,
  }),
  rule: special.rule,
  severity: numberField({
    name: 'severity',
    values: 'info, notice, warning or error',
    about: 'the severity of a violation, in this order',
    examples: ['severity>=warning'],
    cost: Cost.object,
    units: words(row.severities),
    of: row.severity,
  }),
  is: special.is,
  json: special.json,
  hex: special.hex,
  at: special.at,
  age: special.age,
  gap: special.gap,
  rtt: numberField({
    name: 'rtt',
    values: 'a time, such as 5, 500ms or 10s',
    about: 'the round-trip time of a pong that answers a ping',
    examples: ['rtt>100ms'],
    cost: Cost.object,
    units: durations,
    of: row.rtt,
  }),
}
