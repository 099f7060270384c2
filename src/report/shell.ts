/** The document around a page: one file that fetches nothing and runs nothing but its own script. */
import { createHash } from 'node:crypto'
import { escapeForScript } from '../wire/escape.ts'
import { Html, markup } from './html.ts'

export interface Page {
  title: string
  style: string
  script: string
  /** What the script reads: payload is shown by it as text, never as HTML. */
  data: unknown
  body: Html
}

/** What every page has in its head; a folder with such an index is a report that may be written anew. */
export const generatorMark = '<meta name="generator" content="wsinspect">'

/** The document. Equal pages are equal octets. */
export function documentOf({ title, style, script, data, body }: Page): string {
  const policy = [
    "default-src 'none'",
    `style-src '${digest(style)}'`,
    `script-src '${digest(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
${new Html(generatorMark)}
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
${body}
<script type="application/json" id="data">${new Html(escapeForScript(JSON.stringify(data)))}</script>
<script>${new Html(script)}</script>
</body>
</html>
`.text
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
