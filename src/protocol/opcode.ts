/** Opcodes of RFC 6455 §5.2. 3–7 and 11–15 are reserved: they are shown, never refused. */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** True for a control frame's opcode: close, ping, pong and the reserved 11–15 (RFC 6455 §5.5). */
export function isControl(opcode: number): boolean {
  return opcode >= 8
}

const names = new Map<number, string>([
  [Opcode.continuation, 'CONT'],
  [Opcode.text, 'TEXT'],
  [Opcode.binary, 'BIN'],
  [Opcode.close, 'CLOSE'],
  [Opcode.ping, 'PING'],
  [Opcode.pong, 'PONG'],
])

/** The name the wire log uses, at most 5 characters: `TEXT`, `CONT`; `OP3`, `OP15` for the reserved. */
export function opcodeName(opcode: number): string {
  return names.get(opcode) ?? `OP${opcode}`
}
