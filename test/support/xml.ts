/** A strict reader of XML 1.0: as much of it as a report has, and nothing that the grammar does not allow. */

/** An element with its attributes, and the text right inside it. */
export interface Element {
  name: string
  attributes: Record<string, string>
  text: string
  children: Element[]
}

/** What may stand in a document at all (§2.2). */
const legal = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u

const declaration = '<?xml version="1.0" encoding="UTF-8"?>'
const token = /<(\/?)([A-Za-z_][\w.-]*)((?:\s+[A-Za-z_][\w.-]*="[^<"]*")*)\s*(\/?)>|([^<]+)/y
const attribute = /\s+([A-Za-z_][\w.-]*)="([^<"]*)"/g
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The root element; throws where the document is not well-formed. */
export function parseXml(document: string): Element {
  if (!legal.test(document)) throw new Error('a character that XML does not allow')
  if (!document.startsWith(declaration)) throw new Error('no declaration')
  const root: Element = { name: '', attributes: {}, text: '', children: [] }
  const open = [root]
  token.lastIndex = declaration.length
  while (token.lastIndex < document.length) {
    const at = token.lastIndex
    const [all, end, name, attributes = '', empty, text] = token.exec(document) ?? []
    const inner = open.at(-1)
    if (all === undefined || inner === undefined) throw new Error(`not well-formed at ${at}`)
    if (text !== undefined) inner.text += unescaped(text)
    else if (end === '/') {
      if (open.length < 2 || open.pop()!.name !== name) throw new Error(`</${name ?? ''}> at ${at}`)
    } else {
      const element = { name: name!, attributes: attributesOf(attributes), text: '', children: [] }
      inner.children.push(element)
      if (empty === '') open.push(element)
    }
  }
  const [only, ...more] = root.children
  if (open.length > 1 || only === undefined || more.length > 0 || root.text.trim() !== '')
    throw new Error('not one root element')
  return only
}

function attributesOf(text: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [, name, value] of text.matchAll(attribute)) {
    if (Object.hasOwn(found, name!)) throw new Error(`attribute ${name!} twice`)
    found[name!] = unescaped(value!)
  }
  return found
}

function unescaped(text: string): string {
  if (text.includes(']]>')) throw new Error(']]> in text')
  return text.replace(/&(?:(\w+);)?/g, (_all, name: string | undefined) => {
    const char = name === undefined ? undefined : entities[name]
    if (char === undefined) throw new Error('a bare ampersand')
    return char
  })
}
