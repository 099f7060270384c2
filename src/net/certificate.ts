/** Certificates and authorities from files. */
import { readFileSync } from 'node:fs'
import { ExitCode, UserError, errorCode } from '../errors.ts'
import type { Certificate } from './listen.ts'

/** The pair behind `--cert` and `--key`; null without either. Throws a `UserError`. */
export function readCertificate(cert: string | undefined, key: string | undefined): Certificate | null {
  if (cert === undefined && key === undefined) return null
  if (cert === undefined || key === undefined) {
    throw new UserError(ExitCode.usage, '--cert and --key go together: give both')
  }
  return { cert: readPem(cert), key: readPem(key) }
}

/** The octets of a PEM file. Throws a `UserError`. */
export function readPem(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const reason = errorCode(error) === 'ENOENT' ? 'there is no such file' : (error as Error).message
    throw new UserError(ExitCode.input, `cannot read ${path}: ${reason}`)
  }
}
