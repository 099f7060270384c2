/** How what is drawn looks: roles, and what each is in a theme. Nothing is told by colour alone. */

/** What a piece of the screen is; a theme says how it looks. */
export type Role =
  | 'plain'
  | 'quiet'
  | 'strong'
  /** Header and hint lines. */
  | 'bar'
  /** Rules between panes and their titles. */
  | 'rule'
  /** The pane that has the keys. */
  | 'focus'
  | 'client'
  | 'server'
  | 'binary'
  | 'control'
  | 'good'
  | 'notice'
  | 'warning'
  | 'error'
  /** What a search found. */
  | 'match'

/**
 * A cell's look in 27 bits: background in the lowest 9, foreground in the next 9, each a colour of the terminal or
 * `defaultColor`, then flags. It is the packing that the terminal's own cells have.
 */
export type Style = number

export const Flag = { bold: 1 << 18, underline: 2 << 18, inverse: 8 << 18 } as const

const defaultColor = 0x1ff

/** A look: a foreground colour, 0 to 255, or null for the terminal's own; and flags. */
function styleOf(foreground: number | null, flags = 0): Style {
  return flags | ((foreground ?? defaultColor) << 9) | defaultColor
}

export type Theme = Readonly<Record<Role, Style>>

/** Without colour. */
const mono: Theme = {
  plain: styleOf(null),
  quiet: styleOf(null),
  strong: styleOf(null, Flag.bold),
  bar: styleOf(null),
  rule: styleOf(null),
  focus: styleOf(null, Flag.bold),
  client: styleOf(null),
  server: styleOf(null),
  binary: styleOf(null),
  control: styleOf(null),
  good: styleOf(null),
  notice: styleOf(null),
  warning: styleOf(null, Flag.bold),
  error: styleOf(null, Flag.bold),
  match: styleOf(null, Flag.underline),
}

/** The terminal's own 16 colours, so that its palette and a light background keep working. No bright black: some hide it. */
const ansi: Theme = {
  ...mono,
  bar: styleOf(6),
  rule: styleOf(6),
  focus: styleOf(6, Flag.bold),
  client: styleOf(4),
  server: styleOf(5),
  binary: styleOf(3),
  control: styleOf(6),
  good: styleOf(2),
  notice: styleOf(6),
  warning: styleOf(3, Flag.bold),
  error: styleOf(1, Flag.bold),
}

/** After Okabe and Ito: blue and orange stay apart whatever colours an eye tells apart. Needs 256 colours. */
const okabe: Theme = {
  ...ansi,
  client: styleOf(74),
  server: styleOf(214),
  binary: styleOf(175),
  control: styleOf(36),
  good: styleOf(36),
  notice: styleOf(74),
  warning: styleOf(214, Flag.bold),
  error: styleOf(166, Flag.bold),
}

export const themes = { mono, ansi, okabe } as const

export type ThemeName = keyof typeof themes
