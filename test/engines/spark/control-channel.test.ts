import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  ControlChannel,
  type DriverMessage,
} from '../../../src/engines/spark/submit/control-channel'

async function open(): Promise<ControlChannel> {
  const channel = await ControlChannel.listen()
  onTestFinished(() => channel.close())
  return channel
}

async function call(channel: ControlChannel, text: string): Promise<Socket> {
  const socket = connect(channel.path)
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

const HELLO = `${JSON.stringify({ hello: true, spark: '4.1.4', python: '3.11.7', pid: 12 })}\n`

test('the driver says who it is', async () => {
  const channel = await open()
  await call(channel, HELLO)
  expect(await channel.hello).toEqual({ spark: '4.1.4', python: '3.11.7', pid: 12 })
})

test('the socket file lies in a folder of its own, and only this user can open it', async () => {
  const channel = await open()
  expect(statSync(channel.path).mode & 0o777).toBe(0o600)
  expect(statSync(dirname(channel.path)).mode & 0o077).toBe(0)
  if (process.getuid?.() === 0) {
    const script = `require('net').connect(process.argv[1]).on('connect', () => process.exit(0)).on('error', e => { console.log(e.code); process.exit(1) })`
    const stranger = spawnSync(process.execPath, ['-e', script, channel.path], {
      uid: 65534,
      gid: 65534,
    })
    expect(stranger.stdout.toString().trim()).toBe('EACCES')
  }
  await call(channel, HELLO)
  await channel.hello
  // Nobody else needs it, and a kill leaves nothing.
  await expect.poll(() => existsSync(channel.path)).toBe(false)
})

test('a folder that was made for the socket alone goes with it', async () => {
  const channel = await open()
  expect(existsSync(dirname(channel.path))).toBe(true)
  channel.close()
  await expect.poll(() => existsSync(dirname(channel.path))).toBe(false)
})

test('after the driver nobody else is let in', async () => {
  const channel = await open()
  await call(channel, HELLO)
  await channel.hello
  const second = connect(channel.path)
  const [error] = await once(second, 'error')
  expect(['ECONNREFUSED', 'ENOENT']).toContain(error.code)
})

test('messages arrive whole however they are cut, orders go out as lines', async () => {
  const channel = await open()
  const heard: DriverMessage[] = []
  channel.onMessage = message => heard.push(message)
  const driver = await call(channel, HELLO)
  await channel.hello
  const text = Buffer.from('{"id":1,"progress":{"note":"é"}}\n{"id":1,"done":true}\n')
  for (const byte of text) {
    driver.write(Buffer.of(byte))
    await new Promise(resolve => setImmediate(resolve))
  }
  await expect
    .poll(() => heard)
    .toEqual([
      { id: 1, progress: { note: 'é' } },
      { id: 1, done: true },
    ])
  channel.send({ id: 2, module: 'm', job: 'file:/x' })
  channel.send({ stop: true })
  let got = ''
  driver.on('data', data => {
    got += data
  })
  await expect.poll(() => got).toBe('{"id":2,"module":"m","job":"file:/x"}\n{"stop":true}\n')
})

test.each([
  ['no JSON', 'GET / HTTP/1.1\r\n\r\n'],
  ['JSON that is no object', 'null\n'],
  ['a message before the hello', '{"id": 1, "done": true}\n'],
  ['a message without a number', `${HELLO}{"id":"one"}\n`],
  ['a line without an end', 'x'.repeat(1_100_000)],
])('%s, which no driver says, ends the connection, and that is noticed', async (_, text) => {
  const channel = await open()
  await call(channel, text)
  await channel.closed
})
