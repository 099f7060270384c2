/** The script of the index: rows are filtered by words and by verdict, and walked with keys. */
export const indexScript = String.raw`
'use strict'
{
  const byId = id => document.getElementById(id)
  const lines = [...document.querySelectorAll('tbody tr.case')]
  const heads = [...document.querySelectorAll('tbody tr.group')]
  const texts = lines.map(line => line.textContent.toLowerCase())
  const buttons = [...document.querySelectorAll('[data-tone]')]
  let tone = ''
  let selected = null

  const shown = () => lines.filter(line => !line.hidden)

  const filter = () => {
    const words = byId('find').value.toLowerCase().split(' ').filter(word => word !== '')
    lines.forEach((line, i) => {
      const isWanted = tone === '' || line.querySelector('td .badge.' + tone) !== null
      line.hidden = !isWanted || !words.every(word => texts[i].includes(word))
    })
    for (const head of heads) head.hidden = !lines.some(line => !line.hidden && line.dataset.group === head.dataset.group)
    byId('count').textContent = shown().length === lines.length ? lines.length + ' rows' : shown().length + ' of ' + lines.length + ' rows'
  }

  const select = line => {
    if (line === undefined) return
    if (selected !== null) selected.classList.remove('selected')
    selected = line
    selected.classList.add('selected')
    const link = selected.querySelector('td a')
    if (link !== null) link.focus({ preventScroll: true })
    selected.scrollIntoView({ block: 'nearest' })
  }

  const step = by => {
    const rows = shown()
    const at = rows.indexOf(selected)
    select(rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + by))])
  }

  for (const button of buttons) {
    button.addEventListener('click', () => {
      tone = tone === button.dataset.tone ? '' : button.dataset.tone
      for (const other of buttons) other.setAttribute('aria-pressed', String(other.dataset.tone === tone))
      filter()
    })
  }
  byId('find').addEventListener('input', filter)
  byId('find').addEventListener('keydown', event => {
    if (event.key === 'Escape') {
      event.target.value = ''
      filter()
      event.target.blur()
    } else if (event.key === 'Enter' || event.key === 'ArrowDown') select(shown()[0])
    else return
    event.preventDefault()
  })
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === 'INPUT') return
    if (event.key === '/') {
      byId('find').focus()
      byId('find').select()
    } else if (event.key === 'j' || event.key === 'ArrowDown') step(1)
    else if (event.key === 'k' || event.key === 'ArrowUp') step(-1)
    else return
    event.preventDefault()
  })
  filter()
}
`
