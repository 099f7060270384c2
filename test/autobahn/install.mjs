import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { run, tail } from './processes.mjs'

const SUITE = 'autobahntestsuite==25.10.1'
const IMAGE = 'crossbario/autobahn-testsuite:25.10.1'
// The last virtualenv that makes environments for Python 2.7.
const VIRTUALENV = 'virtualenv==20.15.1'
const INSTALL_SECONDS = 900

/** Returns how to start the suite: a function from a folder with a spec.json to a command line. */
export async function findSuite(home) {
  const python = findPython27()
  if (python) {
    const environment = join(home, 'py27')
    if (isComplete(environment) || (await install(home, environment, python))) return inPython(environment)
  }
  if (succeeds('docker', ['version']) && (await hasImage(home))) return inDocker
  return undefined
}

function inPython(environment) {
  // Not the wstest script itself: the kernel cuts its first line off in a deep folder.
  const bin = join(environment, 'bin')
  return dir => [
    join(bin, 'python'),
    [join(bin, 'wstest'), '-m', 'fuzzingclient', '-s', join(dir, 'spec.json')],
  ]
}

function inDocker(dir) {
  const { uid, gid } = userInfo()
  const container = [
    '--rm',
    '--network',
    'host',
    '--user',
    `${uid}:${gid}`,
    '-e',
    'HOME=/tmp',
    '-v',
    `${dir}:${dir}`,
  ]
  return [
    'docker',
    ['run', ...container, IMAGE, 'wstest', '-m', 'fuzzingclient', '-s', join(dir, 'spec.json')],
  ]
}

/** Fetched here: inside the first run it would count against that run's time limit. */
async function hasImage(home) {
  if (succeeds('docker', ['image', 'inspect', IMAGE])) return true
  mkdirSync(home, { recursive: true })
  console.log(`fetching ${IMAGE}`)
  const log = join(home, 'docker.log')
  const { code } = await run('docker', ['pull', IMAGE], { log, seconds: INSTALL_SECONDS })
  if (code !== 0) console.log(`that failed, the end of ${log}:\n${tail(log)}`)
  return code === 0
}

function findPython27() {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions')
  const fromPyenv = existsSync(versions) ? readdirSync(versions).filter(name => name.startsWith('2.7')) : []
  return [
    ...onPath('python2.7'),
    ...onPath('python2'),
    ...fromPyenv.map(name => join(versions, name, 'bin', 'python')),
  ].find(isPython27)
}

function onPath(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(folder => folder !== '')
  return folders.map(folder => join(folder, name)).filter(existsSync)
}

/** Runs it, as a version manager's shim stands on the PATH even when it has nothing to start. */
function isPython27(path) {
  return succeeds(path, ['-c', 'import sys; sys.exit(sys.version_info[:2] != (2, 7))'])
}

function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 20_000 }).status === 0
}

function isComplete(environment) {
  const stamp = join(environment, 'complete')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== SUITE) return false
  return isPython27(join(environment, 'bin', 'python'))
}

async function install(home, environment, python) {
  const tool = join(home, 'tool')
  const log = join(home, 'install.log')
  for (const path of [environment, tool, log]) rmSync(path, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  console.log(`installing ${SUITE} for ${python} (once, about a minute)`)
  if ((await makeEnvironment(environment, tool, python, log)) && (await fill(environment, log))) {
    writeFileSync(join(environment, 'complete'), SUITE)
    return true
  }
  console.log(`the installation failed, the end of ${log}:\n${tail(log)}`)
  return false
}

async function makeEnvironment(environment, tool, python, log) {
  // A --target folder needs neither the venv module nor leave to write into the interpreter's own packages.
  for (const host of [...onPath('python3'), python]) {
    const got = await step(host, ['-m', 'pip', 'install', '--upgrade', '--target', tool, VIRTUALENV], log)
    if (got && (await step(host, ['-m', 'virtualenv', '-p', python, environment], log, tool))) return true
  }
  return false
}

function fill(environment, log) {
  return step(join(environment, 'bin', 'python'), ['-m', 'pip', 'install', SUITE], log)
}

async function step(command, args, log, modules = '') {
  const env = { ...process.env, PYTHONPATH: modules }
  const { code } = await run(command, args, { log, seconds: INSTALL_SECONDS, env })
  return code === 0
}
