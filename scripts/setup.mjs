// Brings a fresh clone to the point where everything else can run; plain JavaScript for the Node (20 or newer) that happens to be there.
//   node scripts/setup.mjs [--build] [--system] [--quiet]
//   --build   also build the web UI when its sources are newer than the build
//   --system  also install the Debian packages that the tests use, when this may be done here
//   --quiet   say nothing when there is nothing to do
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const flags = new Set(process.argv.slice(2))
const say = (text) => process.stderr.write(`setup: ${text}\n`)

/** Commands (and files) that the tests need and the Debian packages that bring them. */
const SYSTEM_COMMANDS = {
  chromium: 'chromium',
  mosquitto_pub: 'mosquitto-clients',
  openssl: 'openssl',
  gcc: 'gcc libc6-dev',
  clang: 'clang libclang-rt-dev',
  cmake: 'cmake make',
  '/usr/include/openssl/ssl.h': 'libssl-dev',
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options })
  return result.status === 0
}

function fail(text) {
  say(text)
  process.exit(1)
}

function installPackages() {
  const stampPath = join(root, 'node_modules', '.roost-setup')
  const stamp = createHash('sha256')
    .update(readFileSync(join(root, 'package.json')))
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) return
  say('installing the npm packages of package-lock.json …')
  // Not `npm ci`: it refuses a lock file whose packages for other platforms a registry mirror does not carry.
  if (!run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'])) {
    fail('npm could not install the packages (its own message is above); is the package registry reachable?')
  }
  if (!existsSync(join(root, 'node_modules', '.bin', 'node'))) {
    fail(`there is no pinned Node 24 for ${process.platform} ${process.arch}: Roost runs on Linux, x64 or arm64`)
  }
  writeFileSync(stampPath, stamp)
}

const newestMs = (path) => {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestMs(join(path, name))), 0)
}

function buildUi() {
  const built = join(root, 'webui', 'dist', 'index.html')
  const sources = ['webui/src', 'webui/index.html', 'webui/vite.config.ts', 'hub/api/contract.ts', 'package-lock.json']
  const changedMs = Math.max(...sources.map((path) => newestMs(join(root, path))))
  if (existsSync(built) && statSync(built).mtimeMs >= changedMs) return
  say('building the web UI …')
  if (!run('node_modules/.bin/node', ['node_modules/vite/bin/vite.js', 'build', 'webui', '--logLevel', 'warn'])) {
    fail('the web UI did not build (its own message is above)')
  }
}

const onPath = (command) =>
  (process.env.PATH ?? '').split(':').some((dir) => dir !== '' && existsSync(join(dir, command)))
const isThere = (what) => (what.startsWith('/') ? existsSync(what) : onPath(what))

function installSystemPackages() {
  const missing = Object.entries(SYSTEM_COMMANDS).filter(([what]) => !isThere(what))
  if (missing.length === 0) return
  const packages = missing.flatMap(([, names]) => names.split(' '))
  const apt = 'apt-get install -y --no-install-recommends'
  const mayInstall = onPath('apt-get') && process.getuid?.() === 0
  if (!mayInstall) fail(`the tests need ${packages.join(', ')}; install them first: sudo ${apt} ${packages.join(' ')}`)
  say(`installing the Debian packages ${packages.join(', ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get', ['update', '-qq'], { env })
  if (!run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env })) {
    fail(`apt-get could not install ${packages.join(', ')} (its own message is above)`)
  }
}

mkdirSync(join(root, 'node_modules'), { recursive: true })
installPackages()
if (flags.has('--system')) installSystemPackages()
if (flags.has('--build')) buildUi()
if (!flags.has('--quiet')) say('ready')
