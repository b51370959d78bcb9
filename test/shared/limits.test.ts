import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { machineLimits, throttledSeconds } from '../../src/shared/machine-limits'
import { tempDir } from '../support/fake-parts'

const base = tempDir()
const MIB = 2 ** 20

/** A tree of control groups as a process sees it. */
function tree(files: Record<string, string>): string {
  const root = mkdtempSync(join(base, 'root-'))
  const status = { 'proc/self/status': 'Cpus_allowed:\tff\nCpus_allowed_list:\t0-7\n' }
  for (const [path, text] of Object.entries({ ...status, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

const V2 = '31 23 0:28 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n'
const v1 = (root = '/') =>
  `31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n32 31 0:29 ${root} /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n35 31 0:32 ${root} /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n`

test.each<[string, Record<string, string>, number, number | null]>([
  ['no control group', {}, 8, null],
  [
    'v2 without a limit',
    {
      'proc/self/cgroup': '0::/a\n',
      'proc/self/mountinfo': V2,
      'sys/fs/cgroup/a/cpu.max': 'max 100000\n',
    },
    8,
    null,
  ],
  [
    'v2, half a core',
    {
      'proc/self/cgroup': '0::/a\n',
      'proc/self/mountinfo': V2,
      'sys/fs/cgroup/a/cpu.max': '50000 100000\n',
    },
    1,
    0.5,
  ],
  [
    'v2, two and a half',
    {
      'proc/self/cgroup': '0::/a\n',
      'proc/self/mountinfo': V2,
      'sys/fs/cgroup/a/cpu.max': '250000 100000\n',
    },
    3,
    2.5,
  ],
  [
    'v2, more than there are',
    {
      'proc/self/cgroup': '0::/a\n',
      'proc/self/mountinfo': V2,
      'sys/fs/cgroup/a/cpu.max': '6400000 100000\n',
    },
    8,
    64,
  ],
  [
    'v2, a lower limit two groups above',
    {
      'proc/self/cgroup': '0::/kubepods/pod1/c:1\n',
      'proc/self/mountinfo': V2,
      'sys/fs/cgroup/kubepods/cpu.max': '150000 100000\n',
      'sys/fs/cgroup/kubepods/pod1/cpu.max': 'max 100000\n',
      'sys/fs/cgroup/kubepods/pod1/c:1/cpu.max': '400000 100000\n',
    },
    2,
    1.5,
  ],
  [
    'v2 in a namespace of its own',
    {
      'proc/self/cgroup': '0::/\n',
      'proc/self/mountinfo': V2,
      'sys/fs/cgroup/cpu.max': '200000 100000\n',
    },
    2,
    2,
  ],
  [
    'v1, half a core',
    {
      'proc/self/cgroup': '2:cpuacct,cpu:/a\n1:name=systemd:/a\n0::/\n',
      'proc/self/mountinfo': v1(),
      'sys/fs/cgroup/cpu/a/cpu.cfs_quota_us': '50000\n',
      'sys/fs/cgroup/cpu/a/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    1,
    0.5,
  ],
  [
    'v1 in a container that sees its own group at the top, told as from outside',
    {
      'proc/self/cgroup': '2:cpu,cpuacct:/docker/abc\n',
      'proc/self/mountinfo': v1('/docker/abc'),
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '300000\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    3,
    3,
  ],
  [
    'v1, nested below that',
    {
      'proc/self/cgroup': '2:cpu,cpuacct:/docker/abc/inner\n',
      'proc/self/mountinfo': v1('/docker/abc'),
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '100000\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/cpu/inner/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu/inner/cpu.cfs_period_us': '100000\n',
    },
    1,
    1,
  ],
  ['a cpuset or affinity', { 'proc/self/status': 'Cpus_allowed_list:\t0-1,4,6-7\n' }, 5, null],
  [
    'a cpuset below a quota',
    {
      'proc/self/status': 'Cpus_allowed_list:\t3\n',
      'proc/self/cgroup': '0::/\n',
      'proc/self/mountinfo': V2,
      'sys/fs/cgroup/cpu.max': '200000 100000',
    },
    1,
    2,
  ],
  [
    'what is no number',
    { 'proc/self/cgroup': '0::/a\n', 'proc/self/mountinfo': V2, 'sys/fs/cgroup/a/cpu.max': 'x\n' },
    8,
    null,
  ],
  [
    'a group that leads out',
    {
      'proc/self/cgroup': '0::/../../a\n',
      'proc/self/mountinfo': V2,
      'sys/fs/cgroup/cpu.max': '100000 100000',
    },
    1,
    1,
  ],
])('%s', (_, files, cores, cpu_quota) => {
  expect(machineLimits(tree(files))).toMatchObject({
    cores,
    cpu_quota,
    machine_cores: cpus().length,
  })
})

test.each<[string, Record<string, string>, number | null]>([
  [
    'v2',
    {
      'proc/self/cgroup': '0::/a\n',
      'proc/self/mountinfo': V2,
      'sys/fs/cgroup/a/memory.max': `${64 * MIB}\n`,
    },
    64 * MIB,
  ],
  [
    'v2, slowed down before',
    {
      'proc/self/cgroup': '0::/a\n',
      'proc/self/mountinfo': V2,
      'sys/fs/cgroup/a/memory.max': 'max\n',
      'sys/fs/cgroup/a/memory.high': `${32 * MIB}\n`,
    },
    32 * MIB,
  ],
  [
    'v2, of the group above',
    {
      'proc/self/cgroup': '0::/a/b\n',
      'proc/self/mountinfo': V2,
      'sys/fs/cgroup/a/memory.max': `${64 * MIB}\n`,
      'sys/fs/cgroup/a/b/memory.max': 'max\n',
    },
    64 * MIB,
  ],
  [
    'v1',
    {
      'proc/self/cgroup': '4:memory:/a\n',
      'proc/self/mountinfo': v1(),
      'sys/fs/cgroup/memory/a/memory.limit_in_bytes': `${64 * MIB}\n`,
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    },
    64 * MIB,
  ],
  [
    'v1 without one',
    {
      'proc/self/cgroup': '4:memory:/\n',
      'proc/self/mountinfo': v1(),
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    },
    null,
  ],
])('memory, %s', (_, files, memory_limit) => {
  expect(machineLimits(tree(files))).toMatchObject({
    memory_limit,
    memory: memory_limit ?? totalmem(),
  })
})

test('the time that any of the groups held the process back', () => {
  const files = {
    'proc/self/cgroup': '0::/a/b\n',
    'proc/self/mountinfo': V2,
    'sys/fs/cgroup/a/cpu.stat': 'usage_usec 9\nthrottled_usec 2500000\n',
    'sys/fs/cgroup/a/b/cpu.stat': 'usage_usec 9\nthrottled_usec 0\n',
  }
  expect(throttledSeconds(tree(files))).toBe(2.5)
  expect(throttledSeconds(tree({}))).toBeNull()
})
