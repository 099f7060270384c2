/** How the keys that move go about it in each pane. */
import * as connections from './connections-state.ts'
import * as detail from './detail/detail-state.ts'
import type { DetailState } from './detail/detail-state.ts'
import type { Pane } from './keys.ts'
import * as log from './log-state.ts'
import type { Model } from './model.ts'
import { pageOf, scrollBy } from './scroll.ts'
import { openDetail } from './opening.ts'

export interface Motion {
  /** By lines, down where there are more than none. */
  by: (model: Model, lines: number) => void
  /** By pages, also by parts of one. */
  page: (model: Model, pages: number) => void
  first: (model: Model) => void
  last: (model: Model) => void
}

export const motions: Readonly<Record<Pane, Motion>> = {
  connections: {
    by: ({ connections: state, list }, lines) => {
      connections.moveBy(state, list, lines)
    },
    page: ({ connections: state, list }, pages) => {
      connections.pageBy(state, list, pages)
    },
    first: ({ connections: state }) => {
      connections.toFirst(state)
    },
    last: ({ connections: state, list }) => {
      connections.toLast(state, list)
    },
  },
  log: {
    by: (model, lines) => {
      log.moveBy(model.log, lines)
      followDetail(model)
    },
    page: (model, pages) => {
      log.page(model.log, pages)
      followDetail(model)
    },
    first: model => {
      log.toOldest(model.log)
      followDetail(model)
    },
    last: model => {
      log.toNewest(model.log)
    },
  },
  statistics: {
    by: ({ statistics: { scroll } }, lines) => {
      scrollBy(scroll, lines)
    },
    page: ({ statistics: { scroll } }, pages) => {
      scrollBy(scroll, pageOf(pages, scroll.height))
    },
    first: ({ statistics: { scroll } }) => {
      scrollBy(scroll, -Infinity)
    },
    last: ({ statistics: { scroll } }) => {
      scrollBy(scroll, Infinity)
    },
  },
  detail: {
    by: (model, lines) => {
      inDetail(model, state => {
        detail.moveBy(state, lines)
      })
    },
    page: (model, pages) => {
      inDetail(model, state => {
        detail.pageBy(state, pages)
      })
    },
    first: model => {
      inDetail(model, detail.toHome)
    },
    last: model => {
      inDetail(model, detail.toEnd)
    },
  },
}

/** Does something in the detail, where one is open. */
export function inDetail({ detail: state }: Model, act: (state: DetailState) => void): void {
  if (state !== null) act(state)
}

/** An open detail shows the row at the cursor. */
function followDetail(model: Model): void {
  if (model.detail !== null && !model.log.follow) openDetail(model)
}
