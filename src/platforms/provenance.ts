import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { cpus, type as osType, release, tmpdir, totalmem, version } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { ResolvedConfig } from '../config/schema'
import { machineLimits } from '../shared/machine-limits'
import { packageRoot, packageVersion } from '../shared/package-root'
import { readRegularFile } from '../shared/read-file'

const run = promisify(execFile)
const GIT_TIMEOUT_MS = 3000

/** Where a run's config and software came from, and what its files lie on. */
export async function provenance(
  config: ResolvedConfig,
  configFile?: string,
): Promise<Record<string, unknown>> {
  const { storage, kubernetes } = config.platform
  return {
    config_file: await fileRevision(configFile ?? null),
    packages: packageVersions(),
    images: kubernetes.image === '' ? [] : [kubernetes.image],
    file_system: {
      storage: storage.type === 'local' ? fileSystemOf(storage.path) : null,
      temporary: fileSystemOf(tmpdir()),
    },
  }
}

/**
 * The config's file and the commit it is at; without a file the folder the run was started in. `null`: not under git. Asked are only the
 * names of objects: whatever looks at the work tree (`status`, `diff`) runs programs that the repository's own config names.
 */
async function fileRevision(file: string | null): Promise<Record<string, unknown>> {
  const folder = file === null ? process.cwd() : dirname(resolve(file))
  const idOf = (name: string) =>
    run('git', ['-C', folder, '--no-pager', 'rev-parse', '--verify', '--quiet', name], {
      timeout: GIT_TIMEOUT_MS,
      // Objects that were never fetched stay so: fetching runs what the config names, too.
      env: {
        ...process.env,
        GIT_NO_LAZY_FETCH: '1',
        GIT_ALLOW_PROTOCOL: 'none',
        GIT_TERMINAL_PROMPT: '0',
      },
    }).then(
      ({ stdout }) => stdout.trim(),
      () => null,
    )
  const git_revision = await idOf('HEAD')
  if (git_revision === null || file === null)
    return { path: file, git_revision, changed_since: null }
  const committed = await idOf(`HEAD:./${basename(file)}`)
  const changed_since = committed === null || committed !== (await blobId(file, committed.length))
  return { path: file, git_revision, changed_since }
}

/** Git's id of this content, whatever filters would make of it: SHA-1, or SHA-256 where ids are as long. */
async function blobId(file: string, length: number): Promise<string | null> {
  const content = await readRegularFile(file).catch(() => null)
  if (content === null) return null
  return createHash(length === 64 ? 'sha256' : 'sha1')
    .update(`blob ${content.length}\0`)
    .update(content)
    .digest('hex')
}

/** Versions of what lakebench itself is built on, as they are installed. */
function packageVersions(): Record<string, string | null> {
  const root = packageRoot()
  const { dependencies = {}, optionalDependencies = {} } = manifest(root) ?? {}
  const names = Object.keys({ ...dependencies, ...optionalDependencies }).sort()
  return Object.fromEntries(names.map(name => [name, installedVersion(name, root)]))
}

function installedVersion(name: string, from: string): string | null {
  const version = manifest(join(from, 'node_modules', name))?.version
  if (version) return version
  return dirname(from) === from ? null : installedVersion(name, dirname(from))
}

interface Manifest {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

function manifest(folder: string): Manifest | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  } catch {
    return null
  }
}

/** Type and device of the mount that a path lies on, from Linux' list of mounts; `null` elsewhere. */
export function fileSystemOf(
  path: string,
): { readonly type: string; readonly mount: string } | null {
  const mounts = readMounts()
  const holds = (mount: string, of: string) =>
    of === mount || of.startsWith(mount === '/' ? '/' : `${mount}/`)
  const found = mounts
    .filter(({ mount }) => holds(mount, resolve(path)))
    // Of two mounts on one place the later one is seen.
    .reduce<Mount | null>(
      (best, one) => (best === null || one.mount.length >= best.mount.length ? one : best),
      null,
    )
  return found
}

interface Mount {
  readonly type: string
  readonly mount: string
}

function readMounts(): Mount[] {
  let text: string
  try {
    text = readFileSync('/proc/self/mountinfo', 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap(line => {
    const [before, after] = line.split(' - ')
    const mount = before?.split(' ')[4]
    const type = after?.split(' ')[0]
    // Spaces in a path are written in octal.
    return mount && type
      ? [{ type, mount: mount.replace(/\\([0-7]{3})/g, (_, octal) => octalCharacter(octal)) }]
      : []
  })
}

const octalCharacter = (octal: string) => String.fromCharCode(Number.parseInt(octal, 8))

/** This machine, for the record of a run. Unknown is `null`. */
export function machineRecord(): Record<string, unknown> {
  const { cores, machine_cores, memory, cpu_quota, memory_limit } = machineLimits()
  return {
    lakebench_version: packageVersion(),
    node_version: process.version,
    os: `${osType()} ${release()}`,
    kernel: version(),
    architecture: process.arch,
    cpu_model: cpus()[0]?.model ?? null,
    cores,
    machine_cores,
    memory_bytes: totalmem(),
    memory_limit_bytes: memory,
    container: { kind: containerKind(), cpu_limit: cpu_quota, memory_limit_bytes: memory_limit },
  }
}

/** Limits that keep this process apart from the machine it runs on; `null` where there are none, or nobody can tell. */
function containerKind(): string | null {
  if (process.env.KUBERNETES_SERVICE_HOST) return 'kubernetes'
  if (existsSync('/.dockerenv')) return 'docker'
  return existsSync('/run/.containerenv') ? 'podman' : null
}
