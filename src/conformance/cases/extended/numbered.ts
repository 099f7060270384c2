/** What the tables of extended cases share: ids by position, and the ends that leave something open. */
import type { CloseRule, ConformCase } from '../../case.ts'
import { conformCase } from '../../shorthand.ts'

type Given = Parameters<typeof conformCase>[0]

/** A case before its table gives it an id. */
export type Unnumbered = Omit<Given, 'id'>

/** Cases with the ids `group.1`, `group.2` and so on: what is new goes to the end. */
export function numbered(group: string, cases: readonly Unnumbered[]): readonly ConformCase[] {
  return cases.map((of, i) => conformCase({ id: `${group}.${i + 1}`, ...of }))
}

/** The peer tolerated a breach: after its time the fuzzer closes with 1001, and the peer answers. */
export const toleratedClose: CloseRule = { closedByMe: true, closeCode: [1000, 1001], requireClean: true }
