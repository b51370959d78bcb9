import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load'
import { provenance } from '../../src/platforms/provenance'
import { tempDir } from '../support/fake-parts'

const base = tempDir()

/** A repository with a config in it, and a program that leaves a mark where anything runs it. */
function repository() {
  const folder = mkdtempSync(join(base, 'repository-'))
  const mark = join(base, `mark-${Math.random().toString(36).slice(2)}`)
  const program = join(folder, 'program.sh')
  writeFileSync(program, `#!/bin/sh\ntouch ${mark}\ncat 2>/dev/null\n`)
  chmodSync(program, 0o755)
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-C', folder, '-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    ).trim()
  git('init', '-q')
  const file = join(folder, 'c.yaml')
  writeFileSync(file, 'name: x\n')
  git('add', 'c.yaml')
  git('commit', '-qm', 'x')
  return { folder, file, mark, program, git }
}

const revision = async (file: string | undefined) => {
  const config = await loadConfig({})
  return (await provenance(config, file)).config_file as Record<string, unknown>
}

const KEYS = [
  'core.fsmonitor',
  'core.pager',
  'pager.rev-parse',
  'core.editor',
  'core.sshCommand',
  'core.askPass',
  'core.gitProxy',
  'core.alternateRefsCommand',
  'gpg.program',
  'credential.helper',
  'diff.external',
  'diff.x.textconv',
  'diff.x.command',
  'filter.x.clean',
  'filter.x.smudge',
  'filter.x.process',
  'merge.x.driver',
  'uploadpack.packObjectsHook',
  'sequence.editor',
  'alias.rev-parse',
  'trace2.eventTarget',
]

test('whatever program the config of a repository names, none is run', async () => {
  const { folder, file, mark, program, git } = repository()
  for (const key of KEYS) git('config', key, key.startsWith('alias') ? `!${program}` : program)
  git('config', 'core.hooksPath', folder)
  for (const hook of [
    'post-index-change',
    'reference-transaction',
    'post-checkout',
    'fsmonitor-watchman',
  ])
    writeFileSync(join(folder, hook), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 })
  writeFileSync(join(folder, '.gitattributes'), '* filter=x diff=x merge=x\n')
  const head = git('rev-parse', 'HEAD')
  // The mark works: what looks at the work tree runs them.
  git('status', '--porcelain')
  expect(existsSync(mark)).toBe(true)
  rmSync(mark)

  expect(await revision(file)).toEqual({ path: file, git_revision: head, changed_since: false })
  appendFileSync(file, '# changed\n')
  expect(await revision(file)).toEqual({ path: file, git_revision: head, changed_since: true })
  const other = join(folder, 'other.yaml')
  writeFileSync(other, 'name: y\n')
  expect(await revision(other)).toMatchObject({ git_revision: head, changed_since: true })
  expect(existsSync(mark)).toBe(false)
})

test('objects that are not there are not fetched', async () => {
  const { folder, file, mark, program, git } = repository()
  const head = git('rev-parse', 'HEAD')
  const tree = git('rev-parse', 'HEAD^{tree}')
  for (const [key, value] of [
    ['remote.origin.url', `ext::${program}`],
    ['remote.origin.promisor', 'true'],
    ['remote.origin.uploadpack', program],
    ['extensions.partialClone', 'origin'],
    ['core.repositoryFormatVersion', '1'],
    ['protocol.ext.allow', 'always'],
  ])
    git('config', key!, value!)
  rmSync(join(folder, '.git/objects', tree.slice(0, 2), tree.slice(2)))
  expect(await revision(file)).toEqual({ path: file, git_revision: head, changed_since: true })
  expect(existsSync(mark)).toBe(false)
})

test('a submodule’s config is not asked either, and the folder alone gives its commit', async () => {
  const { folder, mark, program, git, file } = repository()
  const inner = join(folder, 'inner')
  mkdirSync(inner)
  execFileSync('git', ['-C', inner, 'init', '-q'])
  execFileSync('git', [
    '-C',
    inner,
    '-c',
    'user.name=x',
    '-c',
    'user.email=x@example.org',
    'commit',
    '-qm',
    'x',
    '--allow-empty',
  ])
  execFileSync('git', ['-C', inner, 'config', 'core.fsmonitor', program])
  git('add', 'inner')
  git('commit', '-qm', 'y')
  expect(await revision(file)).toMatchObject({ changed_since: false })
  expect(existsSync(mark)).toBe(false)
  expect(readdirSync(folder)).toContain('inner')
})
