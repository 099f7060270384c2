import { describe, expect, it } from 'vitest'
import { inflateLimitOf, logLimitsOf, queueLimitOf } from '../../src/commands/bounds.ts'
import { valueText, type LimitsOptions } from '../../src/commands/limit.ts'
import { limitsOf } from '../../src/commands/limits.ts'
import { buildProgram } from '../../src/commands/program.ts'
import { defaultInflateLimit } from '../../src/protocol/inflater.ts'
import { defaultQueueLimit } from '../../src/recording/recorder.ts'
import { defaultLogLimits } from '../../src/wire/log.ts'

function command() {
  return buildProgram().commands.find(one => one.name() === 'limits')!
}

/** The options that these arguments make. */
function given(...args: string[]): LimitsOptions {
  const limits = command()
  limits.parseOptions(args)
  return limits.opts()
}

function valueOf(options: LimitsOptions, name: string): string | undefined {
  const found = Object.values(limitsOf(options))
    .flat()
    .find(limit => limit.name === name)
  return found === undefined ? undefined : valueText(found)
}

describe('limits', () => {
  it('are those of the code where no option is given', () => {
    expect(inflateLimitOf(given())).toEqual(defaultInflateLimit)
    expect(logLimitsOf(given())).toEqual(defaultLogLimits)
    expect(queueLimitOf(given())).toBe(defaultQueueLimit)
  })

  it.each([
    ['--inflate-limit', '3', 'inflate-limit', '3 MiB'],
    ['--inflate-ratio', '1000', 'inflate-ratio', '1,000:1'],
    ['--memory', '1', 'memory', '1 MiB'],
    ['--rows', '5000', 'rows', '8,192'],
    ['--queue', '7', 'queue', '7 MiB'],
    ['--max-connections', '12', 'max-connections', '12'],
    ['--connect-timeout', '0.25', 'connect-timeout', '250 ms'],
    ['--linger', '1.5', 'linger', '1.5 s'],
    ['--max-payload', '2048', 'max-payload', '2 KiB'],
    ['--max-message', '2', 'max-message', '2 MiB'],
  ])('%s %s makes %s %s', (flag, text, name, shown) => {
    expect(valueOf(given(flag, text), name)).toBe(shown)
    expect(valueOf(given(), name)).not.toBe(shown)
  })

  it('have a name each, and a flag that the command knows', () => {
    const all = Object.values(limitsOf(given())).flat()
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
    const flags = new Set(command().options.map(({ long }) => long))
    for (const { flag } of all) if (flag !== null) expect(flags).toContain(flag)
    for (const { value } of all) expect(value).toBeGreaterThan(0)
  })
})
