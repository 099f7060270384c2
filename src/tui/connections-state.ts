/** Which connection the cursor is on, and in which order they are listed. The cursor keeps to its connection. */
import { isBad, type Connection } from './connection.ts'
import type { ConnectionList } from './connection-list.ts'
import { pageOf } from './scroll.ts'

/** How connections are ordered; open ones stand before those that are over in every order. */
export const orders = ['newest', 'octets', 'faults', 'path'] as const

export type Order = (typeof orders)[number]

/** An order in words. */
export const orderNames: Readonly<Record<Order, string>> = {
  newest: 'newest first',
  octets: 'most octets first',
  faults: 'faulty first',
  path: 'by path',
}

export interface ConnectionsState {
  order: Order
  /** The number of the connection under the cursor; null: whichever is the first. */
  cursor: number | null
  /** Where that one was last. */
  index: number
  /** The first row shown, and how many there were room for. */
  top: number
  height: number
  /** Lines above that one. */
  heads: number
  /** What is listed, and the order and version of the list that it stands for. */
  listed: readonly Connection[]
  readonly of: { order: Order; version: number }
}

export function connectionsState(): ConnectionsState {
  return {
    order: 'newest',
    cursor: null,
    index: 0,
    top: 0,
    height: 1,
    heads: 1,
    listed: [],
    of: { order: 'newest', version: -1 },
  }
}

/** Takes over what has changed in the list. A connection that is gone leaves the cursor to its neighbour. */
export function refresh(state: ConnectionsState, list: ConnectionList): void {
  const { of, order, cursor } = state
  if (of.version === list.version && of.order === order) return
  of.version = list.version
  of.order = order
  state.listed = arranged(list.all(), order)
  const index = cursor === null ? 0 : state.listed.findIndex(({ conn }) => conn === cursor)
  if (index >= 0) state.index = index
  else moveTo(state, state.index)
}

/** The connection under the cursor; null where there are none. */
export function selected(state: ConnectionsState, list: ConnectionList): Connection | null {
  refresh(state, list)
  return state.listed[state.index] ?? null
}

export function moveBy(state: ConnectionsState, list: ConnectionList, rows: number): void {
  refresh(state, list)
  moveTo(state, state.index + rows)
}

/** By so many pages, also by halves. */
export function pageBy(state: ConnectionsState, list: ConnectionList, pages: number): void {
  moveBy(state, list, pageOf(pages, state.height))
}

/** To the one that is shown in a line of the pane; elsewhere it stays. */
export function toLine(state: ConnectionsState, line: number): void {
  const at = line - state.heads
  if (at >= 0 && at < state.height && state.top + at < state.listed.length) moveTo(state, state.top + at)
}

/** To the first one listed; the cursor stays on the first, whichever that is. */
export function toFirst(state: ConnectionsState): void {
  state.cursor = null
  state.index = 0
}

export function toLast(state: ConnectionsState, list: ConnectionList): void {
  moveBy(state, list, Infinity)
}

export function nextOrder(state: ConnectionsState): void {
  state.order = orders[(orders.indexOf(state.order) + 1) % orders.length] ?? 'newest'
}

/** Says how many rows there is room for below `heads` lines, so that the cursor is among them. */
export function scrollInto(state: ConnectionsState, height: number, heads = 0): void {
  state.height = Math.max(1, height)
  state.heads = heads
  const highest = state.index - state.height + 1
  const last = Math.max(0, state.listed.length - state.height)
  state.top = Math.min(last, state.index, Math.max(state.top, highest))
}

function moveTo(state: ConnectionsState, index: number): void {
  state.index = Math.max(0, Math.min(index, state.listed.length - 1))
  state.cursor = state.listed[state.index]?.conn ?? null
}

function arranged(all: Connection[], order: Order): Connection[] {
  const before = comparisons[order]
  return all.reverse().sort((a, b) => Number(a.isOver) - Number(b.isOver) || before(a, b))
}

/** Equal ones stay in their order, the newest first. */
const comparisons: Readonly<Record<Order, (a: Connection, b: Connection) => number>> = {
  newest: () => 0,
  octets: (a, b) => octetsOf(b) - octetsOf(a),
  faults: (a, b) => Number(isBad(b)) - Number(isBad(a)) || b.errors - a.errors || b.warnings - a.warnings,
  path: (a, b) => compareTexts(a.path ?? '', b.path ?? ''),
}

function octetsOf({ client, server }: Connection): number {
  return client.sent.octets + server.sent.octets
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
