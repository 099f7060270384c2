import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stop } from '../autobahn/processes.mjs'
import { startServer } from '../autobahn/server.mjs'

export const BIN = fileURLToPath(new URL('../../bin/wsinspect.js', import.meta.url))

/** Where the recording of this name lies. */
export function recordingOf(name) {
  return fileURLToPath(new URL(`../fixtures/peers/${name}.ndjson.gz`, import.meta.url))
}

/** Gives `use` the port of an echo server. */
export function withEcho(use) {
  return withServer(['echo', '--port', '0'], use)
}

/** Records what `use` does through the port that it is given: the proxy's, in front of the server at `target`. */
export function throughProxy(name, target, use) {
  return recordThroughProxy(recordingOf(name), target, use)
}

/** The same, to a file of any name, with further options of the proxy. */
export function recordThroughProxy(file, target, use, options = []) {
  const recording = ['--port', '0', '--quiet', '--force', '--write', file]
  return withServer(['proxy', `127.0.0.1:${target}`, ...recording, ...options], use)
}

async function withServer(args, use) {
  const dir = mkdtempSync(join(tmpdir(), 'wsinspect-peers-'))
  const { child, port } = await startServer(BIN, args, join(dir, 'log'))
  try {
    await use(port)
  } finally {
    await stop(child)
    rmSync(dir, { recursive: true })
  }
}
