/** What is measured, and how each is started. */
import { join } from 'node:path'
import { here } from './children.mjs'
import { recordingFolder, settle } from './recording.mjs'

const script = (name, file, ...args) => ({ name, args: [here(`targets/${file}`), ...args] })

/** The proxies in front of the backend at `port`, of which `names` are wanted. */
export function proxies(bin, names, port) {
  const folder = recordingFolder()
  const wsinspect = (name, ...flags) => ({
    name,
    args: [bin, 'proxy', `127.0.0.1:${port}`, '--port', '0', '--no-tui', '-q', ...flags],
  })
  const recorder = (name, ...flags) => {
    const file = join(folder, `${name}.ndjson`)
    return { ...wsinspect(name, '-w', file, ...flags), after: sample => settle(file, sample) }
  }
  const all = [
    { name: 'direct', url: `ws://127.0.0.1:${port}/` },
    script('node-net', 'net-relay.mjs', port),
    script('ws-relay', 'ws-relay.mjs', port),
    wsinspect('wsinspect'),
    recorder('wsinspect-record', '--on-full', 'wait'),
    recorder('wsinspect-record-gap'),
  ]
  return all.filter(target => names.includes(target.name))
}

export const echoes = bin => [
  script('ws', 'ws-echo.mjs'),
  { name: 'wsinspect', args: [bin, 'echo', '--port', '0', '--no-compression'] },
]
