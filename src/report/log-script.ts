/** The script of a connection's page. */

/** Rows that are printed. */
export const printLimit = 2000

/**
 * The script of a connection's page: the rows of the wire log, of which only those in sight are elements. It reads the JSON in
 * `#data`, and writes text by `textContent` alone.
 */
export const logScript = String.raw`
'use strict'
{
  const { rows, omitted } = JSON.parse(document.getElementById('data').textContent)
  const byId = id => document.getElementById(id)
  const list = byId('rows')
  const printLimit = ${printLimit}
  const kinds = { OCTETS: 'chops', FRAME: 'frames', ERROR: 'violations', WARNING: 'violations', NOTICE: 'violations', INFO: 'violations' }
  const kindOf = row => kinds[row[3]] ?? 'other'
  const hidden = new Set()
  let shown = []
  let selected = -1
  let height = 22

  const element = (name, className, text) => {
    const made = document.createElement(name)
    made.className = className
    if (text !== undefined) made.textContent = text
    return made
  }

  const rowElement = at => {
    const index = shown[at]
    const [seq, time, from, label, tone, offset, text, payload] = rows[index]
    const line = element('div', 'row ' + tone + ' ' + from + (label === 'FRAME' || label === 'OCTETS' ? ' ' + label.toLowerCase() : '') + (at === selected ? ' selected' : ''))
    line.id = 'at-' + at
    line.dataset.at = at
    line.setAttribute('role', 'option')
    line.setAttribute('aria-selected', String(at === selected))
    const side = from === 'client' ? '▸ client' : from === 'server' ? '◂ server' : ''
    const cut = omitted !== null && index === omitted.behind ? '⋯ ' + omitted.rows + ' rows left out above · ' : ''
    line.append(
      element('span', 'time', time),
      element('span', 'side', side),
      element('span', 'label', label),
      element('span', 'at', offset),
      element('span', 'text', cut + text),
      element('span', 'payload', payload),
    )
    return line
  }

  /** Draws the rows in sight. All of them where there are few, and for print. */
  const draw = all => {
    const first = all ? 0 : Math.max(0, Math.floor(list.scrollTop / height) - 10)
    const last = all ? Math.min(shown.length, printLimit) : Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / height) + 10)
    const pad = byId('pad')
    pad.style.height = all ? 'auto' : shown.length * height + 'px'
    pad.style.paddingTop = first * height + 'px'
    const lines = []
    for (let at = first; at < last; at++) lines.push(rowElement(at))
    if (all && last < shown.length) lines.push(element('p', 'note', shown.length - last + ' more rows are not printed'))
    pad.replaceChildren(...lines)
    if (selected >= first && selected < last) list.setAttribute('aria-activedescendant', 'at-' + selected)
    else list.removeAttribute('aria-activedescendant')
  }

  const detail = () => {
    const box = byId('row')
    if (selected < 0) return box.replaceChildren(element('p', 'hint', 'No row is selected.'))
    const [seq, time, from, label, tone, offset, text, payload] = rows[shown[selected]]
    const head = element('p', 'where')
    head.append(element('b', tone, label), ' row ' + seq + ', ' + time + ' ms' + (from === '' ? '' : ', from the ' + from) + (offset === '' ? '' : ', octet ' + offset.slice(1)))
    box.replaceChildren(head, element('p', 'said', text))
    if (payload !== '') box.append(element('pre', '', payload))
  }

  const select = at => {
    if (shown.length === 0) return
    selected = Math.max(0, Math.min(shown.length - 1, at))
    const top = selected * height
    if (top < list.scrollTop) list.scrollTop = top
    if (top + height > list.scrollTop + list.clientHeight) list.scrollTop = top + height - list.clientHeight
    draw(false)
    detail()
  }

  const filter = () => {
    const before = selected < 0 ? -1 : shown[selected]
    const words = byId('find').value.toLowerCase().split(' ').filter(word => word !== '')
    shown = []
    for (let i = 0; i < rows.length; i++) {
      if (hidden.has(kindOf(rows[i]))) continue
      if (words.length > 0) {
        const line = rows[i].join(' ').toLowerCase()
        if (!words.every(word => line.includes(word))) continue
      }
      shown.push(i)
    }
    selected = before < 0 ? -1 : shown.indexOf(before)
    byId('count').textContent = shown.length === rows.length ? rows.length + ' rows' : shown.length + ' of ' + rows.length + ' rows'
    list.scrollTop = 0
    if (selected >= 0) select(selected)
    else {
      draw(false)
      detail()
    }
  }

  const measure = () => {
    height = parseFloat(getComputedStyle(list).getPropertyValue('--row'))
    draw(false)
  }

  /** Links to a row are #row-SEQ; one that the filter hides is shown again. */
  const follow = () => {
    const seq = Number(/^#row-(\d+)$/.exec(location.hash)?.[1] ?? NaN)
    const index = rows.findIndex(row => row[0] === seq)
    if (index < 0) return
    if (!shown.includes(index)) {
      hidden.clear()
      byId('find').value = ''
      for (const button of document.querySelectorAll('[data-kind]')) button.setAttribute('aria-pressed', 'true')
      filter()
    }
    byId('log').scrollIntoView()
    select(shown.indexOf(index))
    list.focus({ preventScroll: true })
  }

  const nextBad = step => {
    for (let at = selected + step; at >= 0 && at < shown.length; at += step) {
      const tone = rows[shown[at]][4]
      if (tone === 'error' || tone === 'warning') return select(at)
    }
  }

  const page = () => Math.max(1, Math.floor(list.clientHeight / height) - 1)
  const moves = {
    j: () => select(selected + 1),
    k: () => select(selected - 1),
    ArrowDown: () => select(selected + 1),
    ArrowUp: () => select(selected - 1),
    PageDown: () => select(selected + page()),
    PageUp: () => select(selected - page()),
    Home: () => select(0),
    End: () => select(shown.length - 1),
    g: () => select(0),
    G: () => select(shown.length - 1),
    e: () => nextBad(1),
    E: () => nextBad(-1),
    u: () => {
      const up = document.querySelector('a.up')
      if (up !== null) up.click()
    },
  }

  for (const button of document.querySelectorAll('[data-kind]')) {
    const kind = button.dataset.kind
    button.querySelector('b').textContent = rows.filter(row => kindOf(row) === kind).length
    button.addEventListener('click', () => {
      if (!hidden.delete(kind)) hidden.add(kind)
      button.setAttribute('aria-pressed', String(!hidden.has(kind)))
      filter()
    })
  }
  byId('find').addEventListener('input', filter)
  byId('find').addEventListener('keydown', event => {
    if (event.key === 'Escape') {
      event.target.value = ''
      filter()
    }
    if (event.key !== 'Escape' && event.key !== 'Enter') return
    list.focus()
    if (selected < 0) select(0)
    event.preventDefault()
  })
  document.addEventListener('keydown', event => {
    const { target, key } = event
    if (event.ctrlKey || event.metaKey || event.altKey || target.tagName === 'INPUT') return
    if (key === '/') {
      byId('find').focus()
      byId('find').select()
      byId('log').scrollIntoView()
    } else {
      const isMove = key.length > 1
      if (isMove && target !== list) return
      const move = moves[key]
      if (move === undefined) return
      if (!isMove && key !== 'u' && document.activeElement !== list) {
        byId('log').scrollIntoView()
        list.focus({ preventScroll: true })
      }
      move()
    }
    event.preventDefault()
  })
  list.addEventListener('scroll', () => draw(false), { passive: true })
  list.addEventListener('click', event => {
    const line = event.target.closest('.row')
    if (line !== null) select(Number(line.dataset.at))
  })
  addEventListener('resize', measure)
  addEventListener('hashchange', follow)
  addEventListener('beforeprint', () => draw(true))
  addEventListener('afterprint', () => draw(false))
  filter()
  measure()
  follow()
}
`
