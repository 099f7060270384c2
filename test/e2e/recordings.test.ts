/** Every curated recording, its client replayed against the replay of its server. */
import { readdirSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { indexRecording } from '../../src/recording/recording-index.ts'
import type { Level } from '../../src/replay/script.ts'
import { replayTo } from '../support/replays.ts'
import { portOf, wsinspect } from '../support/run.ts'

const folder = new URL('../../recordings/', import.meta.url)
const recordings = readdirSync(folder).filter(name => name.endsWith('.ndjson'))

/** Those that are not said again on the level of messages, and what they have that is none. */
const unsaid: Readonly<Record<string, string>> = {
  'abnormal-end.ndjson': 'messages that the end of TCP cuts off',
  'tour.ndjson': 'a message that the next one cuts off',
  'violations.ndjson': 'frames outside of a message',
}

/** Plays all connections, each against its counterpart. Both sides have to hear what was recorded. */
async function play(path: string, level: Level): Promise<void> {
  const index = await indexRecording(path, { onNote: note => expect.unreachable(note) })
  onTestFinished(() => index.close())
  const server = wsinspect('replay', 'server', path, '-p', '0', '--once', '--level', level)
  const url = `ws://127.0.0.1:${await portOf(server)}/`
  for (const { conn } of index.connections) {
    const { ending, result } = await replayTo(path, url, {
      recorded: conn,
      level,
      compare: level === 'messages' ? [] : ['frames'],
    })
    expect([conn, ending, result.differences]).toEqual([conn, { kind: 'done' }, []])
  }
  expect(await server.exit, server.stdout()).toBe(0)
}

it.each(recordings)('%s: client and server say it again, for each other', async name => {
  const path = new URL(name, folder).pathname
  const levels: Level[] = unsaid[name] === undefined ? ['chops', 'messages'] : ['chops']
  await Promise.all(levels.map(level => play(path, level)))
})
