// The floor of data generation: as many bytes of random hex text to one file, fsynced, from one Node process.
// Usage: node bench/write-floor.mjs <file> <bytes>. Prints one JSON document.
import { createCipheriv, randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

const [, , path, wanted] = process.argv
const started = performance.now()
const cipher = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16))
const zeros = Buffer.alloc(4 << 20)
const file = openSync(path, 'w')
let bytes = 0
while (bytes < Number(wanted))
  bytes += writeSync(file, Buffer.from(cipher.update(zeros).toString('hex'), 'latin1'))
fsyncSync(file)
closeSync(file)
const total = (performance.now() - started) / 1000
rmSync(path)
console.log(JSON.stringify({ total, bytes, mb_per_second: bytes / 1e6 / total }))
