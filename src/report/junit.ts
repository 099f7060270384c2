/** JUnit XML: the subset that Jenkins, GitLab and GitHub Actions read. */

export interface JUnitCase {
  classname: string
  name: string
  /** Seconds. */
  time: number
  outcome:
    | { type: 'passed' }
    | { type: 'skipped'; message: string }
    /** `kind` is a word such as `FAILED`; `text` the details. */
    | { type: 'failure' | 'error'; kind: string; message: string; text: string }
}

export interface JUnitSuite {
  name: string
  /** ISO 8601. */
  timestamp: string
  cases: readonly JUnitCase[]
}
